{{/*
The configuration file: the values' `config`, and what the chart knows better where that says nothing.

- Listeners follow the ports, so that probes and server cannot disagree.
- A `gpu` check that is named is unhealthy where there is no NVML library. One that nobody names would be left out, and a
  container without access to GPUs be ready.
- A DaemonSet does not start without that library: it is looked for at the start only, and the driver may be installed
  later. A node has no limit on memory, for a service that fills its GPU is no fault of the node.
- A sidecar is drained by its preStop hook when its pod is deleted, and stopped after the workload has ended, so there is
  nobody left to wait for.
*/}}
{{- define "gpu-health.config" -}}
{{- $host := ternary "[::]" "0.0.0.0" .Values.ipv6 -}}
{{- $ours := dict "grpc" (dict "listen" (printf "%s:%d" $host (int .Values.ports.grpc))) "http" (dict "listen" (printf "%s:%d" $host (int .Values.ports.http))) -}}
{{- $gpuCheck := dict "type" "gpu" -}}
{{- if eq .Values.mode "daemonset" -}}
{{- $_ := set $ours "gpu" (dict "mode" "required") -}}
{{- else -}}
{{- $_ := set $gpuCheck "minFreeMemory" "512MiB" -}}
{{- $_ := set $ours "drain" (dict "delay" "1s" "deadline" "5s") -}}
{{- end -}}
{{- if not (hasKey .Values.config "checks") -}}
{{- $_ := set $ours "checks" (dict "gpu" $gpuCheck) -}}
{{- end -}}
{{- toYaml (mergeOverwrite $ours (deepCopy .Values.config)) -}}
{{- end -}}

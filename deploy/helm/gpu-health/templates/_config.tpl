{{/*
The configuration file: the values' `config`, with what the chart knows better. Listeners follow the ports, so that probes
and server cannot disagree. A sidecar is drained by its preStop hook when its pod is deleted and stopped only after the
workload has ended, so there is nobody left to wait for.
*/}}
{{- define "gpu-health.config" -}}
{{- $host := ternary "[::]" "0.0.0.0" .Values.ipv6 -}}
{{- $ours := dict "grpc" (dict "listen" (printf "%s:%v" $host (int .Values.ports.grpc))) "http" (dict "listen" (printf "%s:%v" $host (int .Values.ports.http))) -}}
{{- if eq .Values.mode "sidecar" -}}
{{- $_ := set $ours "drain" (dict "delay" "1s" "deadline" "5s") -}}
{{- end -}}
{{- toYaml (mergeOverwrite $ours (deepCopy .Values.config)) -}}
{{- end -}}

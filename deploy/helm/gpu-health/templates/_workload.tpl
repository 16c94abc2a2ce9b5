{{/*
The workload's containers, the first one with probes where it brings none. A probe goes to the pod's address, so the
workload's startup probe may ask the sidecar: it passes when readiness was reached once. With the library the service
itself answers all three, by the same names.
*/}}
{{- define "gpu-health.workloadContainers" -}}
{{- $first := deepCopy (first .Values.workload.containers) -}}
{{- $startup := fromYaml (include "gpu-health.probe" (dict "probe" .Values.probes.workloadStartup "port" .Values.ports.grpc "service" "startup")) -}}
{{- $defaults := dict "startupProbe" $startup -}}
{{- if eq .Values.mode "library" -}}
{{- $defaults = mergeOverwrite (fromYaml (include "gpu-health.probes" .)) $defaults -}}
{{- end -}}
{{- toYaml (prepend (rest .Values.workload.containers) (merge $first $defaults)) -}}
{{- end -}}

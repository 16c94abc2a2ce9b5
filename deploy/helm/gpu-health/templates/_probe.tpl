{{/* A gRPC probe of one service name. Takes `probe` (of values), `port`, and `service` where the probe names none. */}}
{{- define "gpu-health.probe" -}}
grpc:
  port: {{ int .port }}
  service: {{ get .probe "service" | default .service }}
{{ toYaml (omit .probe "service") }}
{{- end -}}

{{- define "gpu-health.probes" -}}
startupProbe:
  {{- include "gpu-health.probe" (dict "probe" .Values.probes.startup "port" .Values.ports.grpc "service" "liveness") | nindent 2 }}
livenessProbe:
  {{- include "gpu-health.probe" (dict "probe" .Values.probes.liveness "port" .Values.ports.grpc "service" "liveness") | nindent 2 }}
readinessProbe:
  {{- include "gpu-health.probe" (dict "probe" .Values.probes.readiness "port" .Values.ports.grpc "service" (eq .Values.mode "daemonset" | ternary "liveness" "readiness")) | nindent 2 }}
{{- end -}}

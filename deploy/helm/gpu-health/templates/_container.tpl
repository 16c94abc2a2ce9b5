{{/* The container that runs gpu-health, alone on a node or beside a workload. */}}
{{- define "gpu-health.container" -}}
name: gpu-health
image: {{ include "gpu-health.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [{{ eq (include "gpu-health.isNodeAgent" .) "true" | ternary "node-agent" "serve" }}, --config, /etc/gpu-health/config/gpu-health.yaml]
env:
  {{- if include "gpu-health.isNodeAgent" . }}
  - name: NODE_NAME
    valueFrom:
      fieldRef:
        fieldPath: spec.nodeName
  {{- with .Values.nodeAgent.taint }}
  - name: GPU_HEALTH_TAINT
    value: {{ . | quote }}
  {{- end }}
  {{- end }}
  - name: GPU_HEALTH_TERMINATION_GRACE_PERIOD_SECONDS
    value: {{ .Values.terminationGracePeriodSeconds | quote }}
  {{- include "gpu-health.gpuEnv" . | nindent 2 }}
  {{- with .Values.env }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
ports:
  - name: grpc-health
    containerPort: {{ int .Values.ports.grpc }}
    {{- if and (eq .Values.mode "daemonset") .Values.daemonset.hostPort }}
    hostPort: {{ int .Values.ports.grpc }}
    {{- end }}
  - name: http-health
    containerPort: {{ int .Values.ports.http }}
{{ include "gpu-health.probes" . }}
resources:
  {{- toYaml .Values.resources | nindent 2 }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  # The whole volume, never a subPath: Kubernetes updates only the former, and gpu-health reads what changes.
  - name: gpu-health-config
    mountPath: /etc/gpu-health/config
    readOnly: true
  {{- if eq .Values.gpus.access "mount" }}
  - name: gpu-health-devices
    mountPath: /var/run/nvidia-container-devices/all
  {{- end }}
  {{- with .Values.volumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end -}}

{{/* `true`, or nothing. */}}
{{- define "gpu-health.isNodeAgent" -}}
{{- if and (eq .Values.mode "daemonset") .Values.nodeAgent.enabled -}}true{{- end -}}
{{- end -}}

{{/* How GPUs that the container does not claim become visible to it: see docs/kubernetes.md. */}}
{{- define "gpu-health.gpuEnv" -}}
- name: NVIDIA_VISIBLE_DEVICES
  # The image asks for all; void is what takes that back.
  value: {{ get (dict "environment" "all" "mount" "/var/run/nvidia-container-devices" "none" "void") .Values.gpus.access }}
{{- if ne .Values.gpus.access "none" }}
- name: NVIDIA_DRIVER_CAPABILITIES
  value: {{ .Values.gpus.capabilities | quote }}
{{- end }}
{{- end -}}

{{/* The volumes that the container mounts. */}}
{{- define "gpu-health.volumes" -}}
- name: gpu-health-config
  configMap:
    name: {{ include "gpu-health.fullname" . }}
{{- if eq .Values.gpus.access "mount" }}
- name: gpu-health-devices
  hostPath:
    path: /dev/null
{{- end }}
{{- with .Values.volumes }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/*
The native sidecar, an entry for a pod's initContainers. Kubernetes starts the pod's other containers when its startup
probe has passed, so that probe must not wait for them. Its preStop hook runs when the pod is deleted, at the same
moment as the workload's; SIGTERM comes after the workload has ended.
*/}}
{{- define "gpu-health.sidecar" -}}
{{ include "gpu-health.container" . }}
restartPolicy: Always
lifecycle:
  preStop:
    exec:
      command: [gpu-health, drain, --message, the pod is being deleted]
{{- end -}}

{{- define "gpu-health.configChecksum" -}}
{{- if .Values.rollOnConfigChange -}}
checksum/config: {{ include "gpu-health.config" . | sha256sum }}
{{- end -}}
{{- end -}}

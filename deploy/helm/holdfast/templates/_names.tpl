{{/* Services in the order of shared/contracts/services.py. */}}
{{- define "holdfast.services" -}}
registration billing attendance certificates notifications partners web
{{- end -}}

{{/* Roles of a service's processes. */}}
{{- define "holdfast.roles" -}}
{{ ternary "all" "api worker" .Values.singleProcess }}
{{- end -}}

{{/* The role whose pods answer requests. */}}
{{- define "holdfast.answering" -}}
{{ ternary "all" "api" .Values.singleProcess }}
{{- end -}}

{{/* Whether workers come and go by themselves; "" where not. */}}
{{- define "holdfast.scales" -}}
{{- $own := index .root.Values.services .of -}}
{{ if and .root.Values.keda.enabled (not $own.stopped) (lt (int $own.worker.min) (int $own.worker.max)) }}yes{{ end }}
{{- end -}}

{{- define "holdfast.image" -}}
{{- with .root.Values.image.registry }}{{ . }}/{{ end -}}
holdfast-{{ .of }}:{{ .root.Values.image.tag | default .root.Chart.AppVersion }}
{{- end -}}

{{/* What names the pods of a part; `role` may be missing. */}}
{{- define "holdfast.selector" -}}
app.kubernetes.io/instance: {{ .root.Release.Name }}
app.kubernetes.io/name: {{ .of }}
{{- with .role }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end -}}

{{- define "holdfast.labels" -}}
{{ include "holdfast.selector" . }}
app.kubernetes.io/part-of: holdfast
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
helm.sh/chart: {{ .root.Chart.Name }}-{{ .root.Chart.Version }}
{{- end -}}

{{/* A value as text: Helm reads each number as a float, and would write a million as 1e+06. */}}
{{- define "holdfast.text" -}}
{{- if and (kindIs "float64" .) (eq . (floor .)) }}{{ int64 . }}{{ else }}{{ . }}{{ end }}
{{- end -}}

{{/* The server that has a service's database: its first, or one that was made out of a backup. */}}
{{- define "holdfast.postgres" -}}
{{- $server := ternary "shared" .of (eq .root.Values.data.databases "shared") -}}
{{ .root.Values.data.release }}-pg-{{ $server }}{{ with get .root.Values.data.restored $server }}-{{ int . }}{{ end }}
{{- end -}}

{{- define "holdfast.kafka" -}}
{{ .Values.data.release }}-kafka
{{- end -}}

{{/* With the namespace: KEDA asks from another one. */}}
{{- define "holdfast.bootstrap" -}}
{{ .Values.kafka.bootstrapServers | default (printf "%s-kafka-bootstrap.%s.svc:9093" (include "holdfast.kafka" .) .Release.Namespace) }}
{{- end -}}

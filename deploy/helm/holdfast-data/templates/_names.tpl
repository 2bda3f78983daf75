{{- define "data.services" -}}
registration billing attendance certificates notifications partners web
{{- end -}}

{{/* The database servers, by name. */}}
{{- define "data.servers" -}}
{{ ternary "shared" (include "data.services" .) (eq .Values.postgres.databases "shared") }}
{{- end -}}

{{/* The name of a server: of its first, or of one that was made out of a backup. */}}
{{- define "data.cluster" -}}
{{ .root.Release.Name }}-pg-{{ .server }}{{ if gt (int .number) 1 }}-{{ int .number }}{{ end }}
{{- end -}}

{{/* The services whose databases a server has. */}}
{{- define "data.on" -}}
{{ ternary (include "data.services" .root) .server (eq .server "shared") }}
{{- end -}}

{{- define "data.labels" -}}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/part-of: holdfast
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
{{- end -}}

{{/* What holds data stays when the release goes. */}}
{{- define "data.kept" -}}
helm.sh/resource-policy: keep
{{- end -}}

{{- define "data.toDns" -}}
- to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ .Values.network.dnsNamespace }}}}
    {{- range .Values.network.dns }}
    - ipBlock: {cidr: {{ . | quote }}}
    {{- end }}
  ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
{{- end -}}

{{/* The API server, and an object store, have no labels: they are named by network and port. */}}
{{- define "data.toApiServer" -}}
- to: [{{ range $n, $cidr := .Values.network.apiServer }}{{ if $n }}, {{ end }}{ipBlock: {cidr: {{ $cidr }}}}{{ end }}]
  ports: [{{ range $n, $port := .Values.network.apiServerPorts }}{{ if $n }}, {{ end }}{protocol: TCP, port: {{ $port }}}{{ end }}]
{{- end -}}

{{- define "holdfast.toDns" -}}
- to:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ .Values.network.dnsNamespace }}}}
    {{- range .Values.network.dns }}
    - ipBlock: {cidr: {{ . | quote }}}
    {{- end }}
  ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
{{- end -}}

{{/* The server that has this service's database; of a shared one its rules keep roles apart. */}}
{{- define "holdfast.toPostgres" -}}
- to:
    - podSelector: {matchLabels: {cnpg.io/cluster: {{ include "holdfast.postgres" . }}}}
  ports: [{protocol: TCP, port: 5432}]
{{- end -}}

{{- define "holdfast.toKafka" -}}
{{- with .Values.kafka.bootstrapServers }}
{{- $ports := list }}
{{- range splitList "," . }}{{ $ports = append $ports (splitList ":" . | last) }}{{ end }}
- ports: [{{ range $n, $port := uniq $ports }}{{ if $n }}, {{ end }}{protocol: TCP, port: {{ $port }}}{{ end }}]
{{- else }}
- to:
    - podSelector: {matchLabels: {strimzi.io/cluster: {{ include "holdfast.kafka" . }}}}
  ports: [{protocol: TCP, port: 9093}]
{{- end }}
{{- end -}}

{{/* The public network, and nothing of our own. */}}
{{- define "holdfast.toOutside" -}}
- to:
    - ipBlock: {cidr: 0.0.0.0/0, except: [{{ join ", " .root.Values.network.private }}]}
    - ipBlock: {cidr: "::/0", except: [{{ range $n, $one := .root.Values.network.private6 }}{{ if $n }}, {{ end }}{{ $one | quote }}{{ end }}]}
  ports: [{{ range $n, $port := .ports }}{{ if $n }}, {{ end }}{protocol: TCP, port: {{ $port }}}{{ end }}]
{{- end -}}

{{/* Pods of a part of this release, as one entry of `to` or `from`. */}}
{{- define "holdfast.pods" -}}
- podSelector:
    matchLabels:
      {{- include "holdfast.selector" . | nindent 6 }}
{{- end -}}

{{- define "holdfast.namespace" -}}
- namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: {{ . }}}}
{{- end -}}

{{/* Pod Security "restricted", for every pod. The user is the one that the Dockerfile makes. */}}
{{- define "holdfast.podSecurity" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile: {type: RuntimeDefault}
{{- end -}}

{{- define "holdfast.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
runAsNonRoot: true
capabilities: {drop: [ALL]}
{{- end -}}

{{/* What every pod has beside its containers. Kubernetes would set BILLING_PORT for a Service that
     is called billing, and services read variables of such names: no service links. */}}
{{- define "holdfast.podCommon" -}}
automountServiceAccountToken: false
enableServiceLinks: false
securityContext:
  {{- include "holdfast.podSecurity" .root | nindent 2 }}
{{- with .root.Values.image.pullSecrets }}
imagePullSecrets:
  {{- range . }}
  - name: {{ . }}
  {{- end }}
{{- end }}
{{- end -}}

{{/* Replicas of a part stand apart. Nodes that they may not go to do not count (Honor): a zone that
     died keeps its nodes for a while, and as one without pods it would keep all others from more. */}}
{{- define "holdfast.spread" -}}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: topology.kubernetes.io/zone
    whenUnsatisfiable: {{ .root.Values.spread.zones }}
    nodeTaintsPolicy: Honor
    labelSelector: &pods
      matchLabels:
        {{- include "holdfast.selector" . | nindent 8 }}
    matchLabelKeys: [{{ .hash }}]
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: {{ .root.Values.spread.nodes }}
    nodeTaintsPolicy: Honor
    labelSelector: *pods
    matchLabelKeys: [{{ .hash }}]
{{- end -}}

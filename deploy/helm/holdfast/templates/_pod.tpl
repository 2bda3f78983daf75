{{/* A pod of a service: its process of one role. */}}
{{- define "holdfast.pod" -}}
{{- $values := .root.Values -}}
{{- $own := index $values.services .of -}}
{{- $answers := ne .role "worker" -}}
metadata:
  labels:
    {{- include "holdfast.labels" . | nindent 4 }}
spec:
  {{- include "holdfast.podCommon" . | nindent 2 }}
  {{- include "holdfast.spread" . | nindent 2 }}
  # What the process may take to finish what it has in hand (as in Compose), after requests have
  # stopped coming.
  terminationGracePeriodSeconds: {{ ternary 45 40 $answers }}
  containers:
    - name: {{ .of }}
      image: {{ include "holdfast.image" . }}
      imagePullPolicy: {{ $values.image.pullPolicy }}
      securityContext:
        {{- include "holdfast.containerSecurity" .root | nindent 8 }}
      ports:
        - {name: http, containerPort: 8000}
      env:
        {{- include "holdfast.environment" . | nindent 8 }}
      envFrom:
        - secretRef: {name: {{ $values.secrets.platform }}}
        - secretRef: {name: {{ $values.secrets.prefix }}-{{ .of }}, optional: {{ ne .of "billing" }}}
      {{- if $answers }}
      lifecycle:
        preStop: {sleep: {seconds: 5}}
      {{- end }}
      startupProbe:
        httpGet: &live {path: /{{ .of }}/health/live, port: http}
        periodSeconds: 2
        timeoutSeconds: 2
        failureThreshold: 60
      livenessProbe:
        httpGet: *live
        periodSeconds: 10
        timeoutSeconds: 5
        failureThreshold: 6
      # Where requests come, it is asked whether they can be answered: Kafka's outage, or a letter
      # that nobody can read, must not take a service's door away (decision 153).
      readinessProbe:
        httpGet: {path: /{{ .of }}/health/{{ ternary "answers" "ready" $answers }}, port: http}
        periodSeconds: 5
        timeoutSeconds: 5
        failureThreshold: 2
      resources:
        {{- toYaml (ternary $own.api.resources $own.worker.resources (eq .role "api")) | nindent 8 }}
      volumeMounts:
        - {name: tmp, mountPath: /tmp}
        - {name: kafka-ca, mountPath: /etc/holdfast/kafka-ca, readOnly: true}
        - {name: kafka, mountPath: /etc/holdfast/kafka, readOnly: true}
        - {name: postgres, mountPath: /etc/holdfast/postgres, readOnly: true}
        {{- if $own.files }}
        - {name: files, mountPath: /etc/holdfast/files, readOnly: true}
        {{- end }}
  volumes:
    - name: tmp
      emptyDir: {sizeLimit: 256Mi}
    {{- include "holdfast.kafkaVolumes" (dict "root" .root "user" .of) | nindent 4 }}
    - name: postgres
      secret: {secretName: {{ include "holdfast.postgres" . }}-ca, items: [{key: ca.crt, path: {{ .of }}.crt}], defaultMode: 0440}
    {{- with $own.files }}
    - name: files
      secret: {secretName: {{ . }}, defaultMode: 0440}
    {{- end }}
{{- end -}}

{{/* Kafka's authority, and the certificate of one of its users. */}}
{{- define "holdfast.kafkaVolumes" -}}
- name: kafka-ca
  secret: {secretName: {{ include "holdfast.kafka" .root }}-cluster-ca-cert, items: [{key: ca.crt, path: ca.crt}], defaultMode: 0440}
- name: kafka
  secret: {secretName: {{ .user }}, items: [{key: user.crt, path: user.crt}, {key: user.key, path: user.key}], defaultMode: 0440}
{{- end -}}

{{/* The authorities of all database servers, each by the name of its service. */}}
{{- define "holdfast.postgresVolume" -}}
- name: postgres
  projected:
    defaultMode: 0440
    sources:
      {{- range splitList " " (include "holdfast.services" .) }}
      - secret: {name: {{ include "holdfast.postgres" (dict "root" $ "of" .) }}-ca, items: [{key: ca.crt, path: {{ . }}.crt}]}
      {{- end }}
{{- end -}}

{{/* What a process of a service is told. Settings come last but for what the chart itself makes. */}}
{{- define "holdfast.environment" -}}
{{- $values := .root.Values -}}
{{- $prefix := upper .of -}}
{{- $own := index $values.services .of -}}
- {name: HOLDFAST_ROLE, value: {{ .role }}}
- {name: HOLDFAST_HOST, value: 0.0.0.0}
- {name: {{ $prefix }}_PORT, value: "8000"}
- {name: PUBLIC_URL, value: {{ $values.publicUrl | quote }}}
# The front door and web, whose pods' addresses come and go: the rules of the network let nobody
# else of these networks ask.
- {name: HOLDFAST_TRUSTED_PROXIES, value: {{ concat $values.network.private $values.network.private6 | join "," | quote }}}
{{ include "holdfast.kafkaEnvironment" . }}
{{ include "holdfast.databaseEnvironment" . }}
{{- if eq .of "web" }}
{{- range without (splitList " " (include "holdfast.services" .root)) "web" }}
- {name: WEB_{{ upper . }}_URL, value: "http://{{ $.root.Release.Name }}-{{ . }}:8000"}
{{- end }}
{{- end }}
{{- if and (eq .of "billing") (not (hasKey $own.settings "BILLING_GATEWAY_URL")) }}
# The simulator; where there is none, an address at which nobody is: cards are Stripe's then.
- {name: BILLING_GATEWAY_URL, value: {{ ternary (printf "http://%s-paysim:8110" .root.Release.Name) "http://127.0.0.1:9" $values.paysim.enabled | quote }}}
{{- end }}
{{- if eq .of "notifications" }}
- {name: NOTIFICATIONS_SMTP_PROCESSES, value: {{ ternary 1 $own.worker.max $values.singleProcess | quote }}}
{{- end }}
{{- range $name, $value := $values.settings }}
- {name: {{ $name }}, value: {{ include "holdfast.text" $value | quote }}}
{{- end }}
{{- range $name, $value := $own.settings }}
- {name: {{ $name }}, value: {{ include "holdfast.text" $value | quote }}}
{{- end }}
{{- end -}}

{{/* Where Kafka is, and how one gets in: by the certificate that holdfast.kafkaVolumes brings. */}}
{{- define "holdfast.kafkaPlace" -}}
- {name: KAFKA_BOOTSTRAP_SERVERS, value: {{ include "holdfast.bootstrap" . | quote }}}
- {name: KAFKA_SECURITY_PROTOCOL, value: SSL}
- {name: KAFKA_SSL_CA_FILE, value: /etc/holdfast/kafka-ca/ca.crt}
- {name: KAFKA_SSL_CERT_FILE, value: /etc/holdfast/kafka/user.crt}
- {name: KAFKA_SSL_KEY_FILE, value: /etc/holdfast/kafka/user.key}
{{- end -}}

{{- define "holdfast.kafkaEnvironment" -}}
{{- $own := index .root.Values.services .of -}}
{{- $static := and (eq .role "worker") $own.worker.staticMembership -}}
{{- $kafka := .root.Values.kafka -}}
{{ include "holdfast.kafkaPlace" .root }}
- {name: KAFKA_SESSION_TIMEOUT_MS, value: {{ mul 1000 (ternary $kafka.staticSessionTimeoutSeconds $kafka.sessionTimeoutSeconds $static) | quote }}}
{{- if $static }}
- {name: KAFKA_GROUP_INSTANCE_ID, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
{{- end }}
{{- end -}}

{{/* The password is of letters and digits (docs/kubernetes.md), for it stands in an address. */}}
{{- define "holdfast.databaseEnvironment" -}}
- name: {{ upper .of }}_DATABASE_PASSWORD
  valueFrom: {secretKeyRef: {name: {{ .root.Values.secrets.prefix }}-{{ .of }}-database, key: password}}
- name: {{ upper .of }}_DATABASE_URL
  value: "postgresql://{{ .of }}:$({{ upper .of }}_DATABASE_PASSWORD)@{{ include "holdfast.postgres" . }}-rw:5432/{{ .of }}?sslmode=verify-full&sslrootcert=/etc/holdfast/postgres/{{ .of }}.crt"
{{- end -}}

{{/* What the schema cannot see: values that fit each alone and not together. */}}
{{- define "holdfast.checks" -}}
{{- include "holdfast.mailsGo" . -}}
{{- include "holdfast.connectionsFit" . -}}
{{- include "holdfast.restoredIsThere" . -}}
{{- end -}}

{{/* A number for a server that this layout has not would lead nobody anywhere. */}}
{{- define "holdfast.restoredIsThere" -}}
{{- $shared := eq .Values.data.databases "shared" -}}
{{- range $name, $_ := .Values.data.restored -}}
{{- if ne $shared (eq $name "shared") -}}
{{- fail (printf "data.restored.%s: with data.databases=%s there is no such server" $name $.Values.data.databases) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Beside the simulator nobody is written to in earnest; elsewhere mails would wait for ever. */}}
{{- define "holdfast.mailsGo" -}}
{{- if not (or .Values.paysim.enabled (get .Values.services.notifications.settings "NOTIFICATIONS_SMTP_HOST")) -}}
{{- fail "services.notifications.settings.NOTIFICATIONS_SMTP_HOST: without a mail server no mail goes out" -}}
{{- end -}}
{{- end -}}

{{/* The fewest processes that are wanted, by the connections that each may take: 6 an api, 11 a
     worker or a process of all roles (docs/kubernetes.md). */}}
{{- define "holdfast.connectionsFit" -}}
{{- $shared := eq .Values.data.databases "shared" -}}
{{- $most := 0 -}}
{{- range splitList " " (include "holdfast.services" .) -}}
{{- $own := index $.Values.services . -}}
{{- $one := ternary 11 (add (mul 6 (int $own.api.min)) (mul 11 (int $own.worker.min))) $.Values.singleProcess -}}
{{- $most = ternary (add $most $one) (max $most $one) $shared -}}
{{- end -}}
{{- if gt (int $most) (int .Values.data.maxConnections) -}}
{{- fail (printf "data.maxConnections: the fewest processes may take %d connections of one server" (int $most)) -}}
{{- end -}}
{{- end -}}

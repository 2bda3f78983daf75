"""Certificates: what each board gives each learner, and the documents that say so.

Owns: evaluations, post-tests, awards per board, what learners decline or ask for, certificates (PDF
and credential), their duplicates and signed copies, signing keys (the provider's, and those of
joint sponsors that issue by themselves), status lists.
Hears: course.*, person.recorded, registration.*, invoice.*, cancellation.settled, dispute.*,
attendance.settled, session.completed, key.*.
Says: evaluation.submitted, award.granted / withheld, certificate.issued / superseded / revoked,
task.opened / closed.
Facts are stored as they come; `domain.awards.decide` is asked again whenever one arrives, so their
order does not matter. A granted award plans `render`: page → PDF → credential → stored → said.
Where to read the rules: `conditions` what is asked, `credits` what it is worth, `post_tests` and
`sitting` the test, `board_words` and `words` what people are told, `approvals` when one ends.
"""

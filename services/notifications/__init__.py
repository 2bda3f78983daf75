"""notifications: everyone knows what they need, once, in time, in their zone (domain.md §7).

Owns   the templates, planned and sent messages, calendar entries' sequence numbers, and the list
       of addresses that mail servers refused.
Hears  nearly everything: courses, people, registrations, money, attendance, certificates; keys.
Says   message.sent, message.failed; task.opened where a human is needed.

What is heard is stored on the registration it is about; which messages are wanted is decided anew
each time (`domain.wanted`), so the order across topics does not matter. A mail goes out at most
once: a row says `sending` before the mail server is asked, and only a human sends again what may
have gone out already.
"""

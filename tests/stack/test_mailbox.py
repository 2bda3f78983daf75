import smtplib
from email.message import EmailMessage

from fastapi.testclient import TestClient

from stack import ports
from stack.mailbox import build, linked


def send(port, subject, to, html=""):
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Holdfast <no-reply@holdfast.example>", to, subject
    mail.set_content("See https://holdfast.example/r/abc?t=1. Good-bye.")
    if html:
        mail.add_alternative(html, subtype="html")
    mail.add_attachment(b"BEGIN:VCALENDAR", "text", "calendar", filename="session.ics")
    with smtplib.SMTP("127.0.0.1", port) as server:
        server.send_message(mail)


def test_what_was_sent_is_listed_newest_first_by_address_and_kept_over_a_restart(tmp_path):
    port = ports.free_port()
    with TestClient(build(tmp_path, "127.0.0.1", port)) as first:
        send(port, "Your seat is held", "ada@example.org")
        send(port, "Your seat is yours", "Ada@example.org", "<p>Welcome</p>")
        send(port, "For another", "bea@example.org")
        subjects = [one["subject"] for one in first.get("/api/messages").json()["items"]]
        assert subjects == ["For another", "Your seat is yours", "Your seat is held"]
    with TestClient(build(tmp_path, "127.0.0.1", ports.free_port())) as second:
        mine = second.get("/api/messages", params={"to": "ada@example.org"}).json()["items"]
        assert [one["subject"] for one in mine] == ["Your seat is yours", "Your seat is held"]
        whole = second.get(f"/api/messages/{mine[0]['id']}").json()
        assert whole["html"].strip() == "<p>Welcome</p>"
        assert whole["text"].startswith("See https://holdfast.example/r/abc?t=1.")
        assert whole["attachments"] == [{"name": "session.ics", "type": "text/calendar"}]


def test_the_page_shows_the_list_and_a_message_that_can_run_nothing(tmp_path):
    port = ports.free_port()
    with TestClient(build(tmp_path, "127.0.0.1", port)) as client:
        assert "No mail yet" in client.get("/").text
        send(port, "<b>Bold</b>", "ada@example.org", "<script>alert(1)</script>")
        identity = client.get("/api/messages").json()["items"][0]["id"]
        page = client.get(f"/messages/{identity}").text
        assert "&lt;b&gt;Bold&lt;/b&gt;" in page
        assert "sandbox=" in page
        policy = client.get(f"/messages/{identity}/html").headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script" not in policy
        attached = client.get(f"/messages/{identity}/attachments/0")
        assert attached.content == b"BEGIN:VCALENDAR"
        assert client.get("/messages/none").status_code == 404
        assert client.get("/messages/..%2f..%2fetc").status_code == 404


def test_addresses_in_plain_text_become_links_and_nothing_else_does():
    text = linked('<i> https://a.example/r/x?t=1&u=2. "javascript:alert(1)"')
    assert text == (
        '&lt;i&gt; <a href="https://a.example/r/x?t=1&amp;u=2" target="_blank">'
        "https://a.example/r/x?t=1&amp;u=2</a>. &#34;javascript:alert(1)&#34;"
    )


def test_a_text_stands_among_the_mails_to_its_number_and_junk_is_none(tmp_path):
    with TestClient(build(tmp_path, "127.0.0.1", ports.free_port())) as client:
        text = {"to": "+12025550143", "text": "Praxis: es öffnet. STOP", "message_id": "m-1"}
        kept = client.post("/api/texts", json=text)
        assert kept.status_code == 201
        [one] = client.get("/api/messages", params={"to": "+12025550143"}).json()["items"]
        assert (one["id"], one["subject"]) == (kept.json()["id"], "Text to +12025550143")
        whole = client.get(f"/api/messages/{one['id']}").json()
        assert whole["text"] == "Praxis: es öffnet. STOP\n"
        assert "Praxis: es öffnet. STOP" in client.get(f"/messages/{one['id']}").text
        for wrong in ({"to": "ada@example.org"}, {"text": ""}, {"message_id": "a\r\nBcc: x"}):
            assert client.post("/api/texts", json=text | wrong).status_code == 422
        assert len(client.get("/api/messages").json()["items"]) == 1

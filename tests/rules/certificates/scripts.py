"""The scripts that certificates are written in, as a name, and as words of a provider."""

from __future__ import annotations

from typing import Any

from tests.rules.certificates.sample import page

# A name and a sentence each; the sentence says "improving treatment" or the like.
SCRIPTS: dict[str, tuple[str, str]] = {
    "latin": ("Žaneta Łuczyńska-O'Neil", "Ærlig ﬁn Größe, çok güzel, ışık, ștampilă"),
    "vietnamese": ("Nguyễn Thị Phương Thảo", "Nâng cao hiệu quả điều trị"),
    "greek": ("Ελευθερία Παπαδοπούλου", "Βελτίωση της θεραπείας"),
    "polytonic": ("Ἑλένη Ἀθηναῖος", "Περὶ τῆς ψυχῆς ὠφέλεια"),
    "cyrillic": ("Щербакова Надежда Юрьевна", "Повышение эффективности, їжак і ґанок"),
    "arabic": ("محمد عبد الرحمن الخوارزمي", "تحسين فعالية العلاج"),
    "persian": ("پروین گنجوی", "بهبود اثربخشی درمان"),
    "hebrew": ("יעל כהן־לוי", "שיפור יעילות הטיפול"),
    "devanagari": ("अनुष्का शर्मा", "उपचार की प्रभावशीलता"),
    "chinese": ("欧阳 婷璐", "提高治疗效果"),
    "traditional": ("陳 淑芬", "提升治療成效，歡迎參與講座"),
    "japanese": ("髙橋 さくら", "愛着理論による治療の改善"),
    "korean": ("김 민준", "치료 효과 향상"),
}


def page_in(script: str, words: str | None = None, board: str | None = "NBCC") -> dict[str, Any]:
    """A page with the script in every field that somebody fills in."""
    name, sentence = SCRIPTS[script]
    said = words or sentence
    who = {"name": name, "credentials": "PhD", "role": ""}
    return page(
        board,
        name=name,
        course={
            "title": said,
            "approved_title": "",
            "location": said,
            "not_authorised": said,
            "activity_number": said,
            "instructors": [who, who],
            "provider": {"name": said, "address": said, "contact": said},
            "joint_sponsor": {"name": said, "role": said, "responsible_for": said},
            "signatory": {"name": name, "title": said},
            "layout": {
                "certifies": said,
                "fine_print": said,
                "heading": said,
                "credit_line": said,
            },
        },
        rule={"statement": said, "sponsorship_statement": said, "holder": said, "unit": said},
    )

"""Which ISP an email goes to."""

import pytest
from asking import MONDAY, total

SENDER = "news@example.com"


@pytest.mark.parametrize(
    ("recipient", "isp"),
    [
        ("ann@gmail.com", "Gmail"),
        ("ann@googlemail.com", "Gmail"),
        ("ANN@Yahoo.CO.UK", "Yahoo"),
        ("ann@yahoo.com.br", "Yahoo"),
        ("ann@ymail.com", "Yahoo"),
        ("ann@hotmail.fr", "Hotmail"),
        ("ann@outlook.com", "Hotmail"),
        ("ann@live.co.uk", "Hotmail"),
        ("ann@msn.com", "Hotmail"),
        ("ann@contoso.onmicrosoft.com", "ExchangeOnline"),
        ("ann@me.com", "Icloud"),
        ("ann@aol.de", "Aol"),
        ("ann@comcast.net", "Comcast"),
        ("ann@att.net", "Att"),
        ("ann@cox.net", "Cox"),
        ("ann@sbcglobal.net", "Sbcglobal"),
        ("ann@verizon.net", "Verizon"),
        ("ann@charter.net", "Charter"),
        ("ann@gmx.net", "Gmx"),
        ("ann@qq.com", "Tencent"),
        ("ann@163.com", "NetEase"),
        ("ann@example.com", "UNKNOWN_ISP"),
        ("ann@yahoo.example.com", "UNKNOWN_ISP"),
        ("ann@notgmail.com", "UNKNOWN_ISP"),
        ("ann@mail.gmail.com", "UNKNOWN_ISP"),
    ],
)
def test_the_isp_follows_from_the_recipients_domain(sesv2_fake, recipient, isp):
    sesv2_fake.send(SENDER, f"Ann <{recipient}>", at=MONDAY)

    assert total("SEND", ISP=isp) == 1


def test_an_isp_can_be_given(sesv2_fake):
    sesv2_fake.send(SENDER, "ann@example.com", at=MONDAY, isp="Gmail")

    assert total("SEND", ISP="Gmail") == 1
    assert total("SEND", ISP="UNKNOWN_ISP") == 0


@pytest.mark.parametrize("isp", ["Mail", "MailRu", "Gmail2", "Out", "T-Online"])
def test_an_isp_that_is_not_known_here_can_be_given(sesv2_fake, isp):
    sesv2_fake.send(SENDER, "ann@example.com", at=MONDAY, isp=isp)

    assert total("SEND", ISP=isp) == 1


@pytest.mark.parametrize("isp", ["gmail", "Gmial", "G-Mail", "YAHOO"])
def test_a_known_isp_has_its_letters_in_order(sesv2_fake, isp):
    with pytest.raises(ValueError, match=f"isp: SES writes '(Gmail|Yahoo)', got '{isp}'"):
        sesv2_fake.send(SENDER, "ann@example.com", isp=isp)

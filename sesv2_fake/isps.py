"""ISPs by the names that SES has for them: whose domains they are, and who sends complaints."""

from __future__ import annotations

import re
from functools import lru_cache

UNKNOWN_ISP = "UNKNOWN_ISP"


#: The names are [live] ("ISP names" in reference/service.md); SES does not publish which domains
#: stand behind them, so these are the providers' own well-known ones: [open: isp-domains]. A name
#: before a dot and a star stands for its country variants too: yahoo.com, yahoo.fr, yahoo.co.uk,
#: yahoo.com.br.
_DOMAINS: dict[str, str] = {
    "Gmail": "gmail.com googlemail.com",
    "Hotmail": "hotmail.* outlook.* live.* msn.* windowslive.com passport.com",
    "ExchangeOnline": "onmicrosoft.com",
    "Yahoo": "yahoo.* ymail.com rocketmail.com myyahoo.com",
    "Icloud": "icloud.com me.com mac.com",
    "Aol": "aol.* aim.com",
    "Comcast": "comcast.net",
    "Att": "att.net",
    "Cox": "cox.net",
    "Sbcglobal": "sbcglobal.net",
    "Verizon": "verizon.net",
    "Charter": "charter.net",
    "Gmx": "gmx.* gmx.net gmx.info gmx.biz",
    "Tencent": "qq.com vip.qq.com foxmail.com",
    "NetEase": "163.com vip.163.com 126.com vip.126.com yeah.net",
}


#: Every ISP name that accounts were seen to have [live], by its lower case.
BY_LOWER_CASE = {name.lower(): name for name in (*_DOMAINS, UNKNOWN_ISP)}


_ISP_OF = {domain: isp for isp, domains in _DOMAINS.items() for domain in domains.split()}


_COUNTRY_VARIANT = re.compile(r"([a-z]+)\.(?:com|[a-z]{2}|(?:com|co|ne)\.[a-z]{2})")


@lru_cache(maxsize=4096)
def isp_of_domain(domain: str) -> str:
    """The ISP that hosts a domain (in lower case); `UNKNOWN_ISP` if that is not known."""
    exact = _ISP_OF.get(domain)
    if exact is not None:
        return exact
    if domain.endswith(".onmicrosoft.com"):
        return _ISP_OF["onmicrosoft.com"]
    variant = _COUNTRY_VARIANT.fullmatch(domain)
    return _ISP_OF.get(f"{variant[1]}.*", UNKNOWN_ISP) if variant else UNKNOWN_ISP


#: reference/service.md, "The ten metrics": Gmail has no feedback loop with SES [guide], and an ISP
#: that SES cannot name can have none; what of the others is [open: feedback-loops].
WITHOUT_FEEDBACK_LOOP = frozenset({"Gmail", "UNKNOWN_ISP"})

"""Takes docs/page.png: the page of a served fake in Chromium, half light and half dark.

It needs the dependency groups `docs` and `page`, and chromium-driver.
"""

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import boto3
from PIL import Image, ImageDraw
from selenium import webdriver

from sesv2_fake import FakeSESv2, mock_sesv2

DOCS = Path(__file__).parent
SIZE = (1280, 1540)
END = date(2026, 3, 23)
START = END - timedelta(days=21)


def picture() -> Image.Image:
    """The page, light on the left and dark on the right."""
    with _seeded() as fake, fake.serve() as url:
        light, dark = _screenshots(url)
    width, height = light.size
    mask = Image.new("L", light.size, 0)
    slant = width // 8
    middle = width // 2
    ImageDraw.Draw(mask).polygon(
        [(middle + slant, 0), (width, 0), (width, height), (middle - slant, height)], fill=255
    )
    light.paste(dark, mask=mask)
    return light


@contextmanager
def _seeded() -> Iterator[FakeSESv2]:
    with mock_sesv2(contract="live") as fake:
        fake.freeze(f"{END}T09:30")
        fake.send_traffic(
            "shop@example.com",
            start=START,
            days=21,
            per_day=600,
            incidents={str(END - timedelta(days=5)): {"bounce_rate": 0.12}},
        )
        client = boto3.client(
            "sesv2",
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",  # noqa: S106 - any will do
        )
        _send(client, "Your order 1042 is on its way", "bob@outlook.com")
        fake.sent_to("bob@outlook.com").deliver().open()
        _send(client, "Reset your password", "ann@example.net")
        fake.sent_to("ann@example.net").bounce()
        fake.throttle(times=1)
        fake.deny(metric="CLICK")
        _ask(client, ["SEND", "DELIVERY", "CLICK"], START, END)
        fake.fail_requests("TooManyRequestsException", operation="GetAccount", optional=True)
        _ask(client, ["COMPLAINT"], START - timedelta(days=14), START - timedelta(days=7))
        yield fake


def _send(client, subject, to):
    client.send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": [to]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Html": {"Data": "<p>Hi</p>"}}}},
    )


def _ask(client, metrics, start, end):
    client.batch_get_metric_data(
        Queries=[
            {
                "Id": metric.lower(),
                "Namespace": "VDM",
                "Metric": metric,
                "StartDate": str(start),
                "EndDate": str(end),
            }
            for metric in metrics
        ]
    )


def _screenshots(url: str) -> tuple[Image.Image, Image.Image]:
    options = webdriver.ChromeOptions()
    for argument in ("--headless=new", "--no-sandbox", "--hide-scrollbars"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options)
    try:
        browser.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            dict(zip(("width", "height"), SIZE)) | {"deviceScaleFactor": 1.25, "mobile": False},
        )
        found = []
        for scheme in ("light", "dark"):
            feature = {"name": "prefers-color-scheme", "value": scheme}
            browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [feature]})
            browser.get(url)
            browser.implicitly_wait(10)
            browser.find_element("css selector", "svg")
            found.append(Image.open(io.BytesIO(browser.get_screenshot_as_png())).convert("RGB"))
    finally:
        browser.quit()
    return found[0], found[1]


if __name__ == "__main__":
    picture().save(sys.argv[1] if sys.argv[1:] else DOCS / "page.png", optimize=True)

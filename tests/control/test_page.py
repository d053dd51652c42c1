"""The page, in a real browser without a screen."""

import contextlib
import shutil
import socket
from email.message import EmailMessage
from importlib.util import find_spec

import pytest
from asking import DAY, MONDAY, client, query
from controlling import control

CHROMIUM = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")
pytestmark = pytest.mark.skipif(
    not (find_spec("selenium") and CHROMIUM and DRIVER),
    reason="needs selenium, Chromium and chromedriver: `tox -e page`, Debian's chromium-driver",
)

FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
SECONDS = 20
#: What the table shows for no count.
NOTHING = "\u2013"


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = CHROMIUM
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('chromium')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(DRIVER))
    yield driver
    driver.quit()


@pytest.fixture
def url(sesv2_fake):
    sent = sesv2_fake.send(
        "news@example.com", "ann@gmail.com", at=MONDAY, count=100, configuration_set="weekly"
    )
    sent.bounce(count=2).deliver(count=98).open(count=49)
    sesv2_fake.send("news@example.com", "bob@yahoo.com", at="2026-01-07", tenant="t1").deliver()
    with sesv2_fake.serve() as url:
        yield url


@pytest.fixture
def page(browser, url):
    show(browser, 1280, "light")
    browser.get(url)
    until(browser, "document.getElementById('live').className === 'live'")
    yield browser
    assert [entry for entry in browser.get_log("browser") if entry["level"] == "SEVERE"] == []


def show(browser, width, scheme):
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def until(browser, condition):
    from selenium.webdriver.support.ui import WebDriverWait

    WebDriverWait(browser, SECONDS, 0.05).until(
        lambda driver: driver.execute_script(f"return {condition}"), condition
    )


def text(browser, selector):
    return browser.execute_script(
        f"return [...document.querySelectorAll({selector!r})].map((found) => found.textContent)"
    )


def choose(browser, name, value):
    browser.execute_script(
        f"const select = document.querySelector('select[name={name}]'); select.value = {value!r};"
        "select.dispatchEvent(new Event('change'))"
    )


def test_it_shows_the_rates_of_the_dashboard(page):
    assert text(page, ".rate h3") == [
        "Delivery",
        "Open",
        "Click",
        "Complaint",
        "Permanent bounce",
        "Transient bounce",
    ]
    assert text(page, ".rate strong") == ["98%", "49.5%", "0%", "0%", "2%", "0%"]


def test_it_shows_the_counts_by_day_as_a_table_and_a_chart(page):
    assert text(page, "tbody th") == ["2026-01-07", "2026-01-05"]
    assert text(page, "tbody tr:last-child td") == [
        "100",
        "98",
        "49",
        NOTHING,
        NOTHING,
        "2",
        NOTHING,
    ]
    assert text(page, "tfoot td")[:2] == ["101", "99"]
    assert len(text(page, "#chart rect")) == 2 * 7


def test_a_metric_can_be_left_out(page):
    page.execute_script("document.querySelector('#legend button').click()")

    assert "SEND" not in text(page, "thead th")
    assert len(text(page, "#chart rect")) == 2 * 6


def test_it_can_be_filtered(page):
    choose(page, "isp", "Yahoo")
    until(page, "document.querySelectorAll('tbody tr').length === 1")
    assert text(page, "tfoot td")[:2] == ["1", "1"]

    page.execute_script("document.querySelector('#filters button').click()")
    until(page, "document.querySelectorAll('tbody tr').length === 2")


def test_a_day_under_the_pointer_is_told(page):
    page.execute_script(
        "const chart = document.querySelector('#chart svg');"
        "const { left, top } = chart.getBoundingClientRect();"
        "chart.dispatchEvent(new PointerEvent('pointermove', { clientX: left + 60, clientY: top }))"
    )

    assert "2026-01-05" in text(page, ".tip")[0]


def test_it_shows_new_calls_by_itself_and_why_one_is_empty(page):
    client().batch_get_metric_data(Queries=[query("COMPLAINT"), query(id="sent")])
    until(page, "document.querySelector('#calls .why')")

    assert text(page, "#calls .pill") == ["1 empty"]
    assert text(page, "#calls .why") == ["no complaints were seeded"]
    assert text(page, "#calls .total") == ["101"]


def test_an_opened_call_stays_open_when_a_new_one_comes(page):
    for _ in range(2):
        client().batch_get_metric_data(Queries=[query()])
    until(page, "document.querySelectorAll('#calls details').length === 2")
    page.execute_script("document.querySelectorAll('#calls details')[1].open = true")
    client().batch_get_metric_data(Queries=[query()])
    until(page, "document.querySelectorAll('#calls details').length === 3")

    assert page.execute_script("return document.querySelectorAll('#calls details')[2].open")


def test_it_shows_the_outbox_and_escapes_its_text(page):
    subject = "<img src=x onerror=document.title='owned'>"
    client().send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["ann@gmail.com"]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "Hi"}}}},
    )
    until(page, "document.querySelector('.email')")

    assert text(page, ".email b") == [subject]
    assert page.title == "sesv2-fake"


TRAP = """
<link rel="preconnect" href="http://127.0.0.1:{port}/connect">
<link rel="stylesheet" href="http://127.0.0.1:{port}/style.css">
<style>p {{ color: rgb(1, 2, 3) }} @import url(http://127.0.0.1:{port}/import);</style>
<meta http-equiv="refresh" content="0; url=http://127.0.0.1:{port}/refresh">
<p>Hello Ann</p><img src="http://127.0.0.1:{port}/pixel.gif"><iframe src="http://127.0.0.1:{port}/frame"></iframe>
<script>parent.document.title = 'owned'; fetch('http://127.0.0.1:{port}/fetch')</script>
<img src=x onerror="parent.document.title = 'owned'"><form action="http://127.0.0.1:{port}/form"></form>
"""


def connections(trap):
    """The first bytes of each connection that comes within a second."""
    found = []
    with contextlib.suppress(TimeoutError):
        while True:
            connection, _ = trap.accept()
            with connection:
                connection.settimeout(1)
                with contextlib.suppress(TimeoutError):
                    found.append(b"")
                    found[-1] = connection.recv(100)
    return found


def test_an_email_is_shown_whole_and_its_html_runs_and_loads_nothing(page, sesv2_fake):
    with socket.create_server(("127.0.0.1", 0)) as trap:
        trap.settimeout(1)
        sent = EmailMessage()
        sent["From"], sent["To"], sent["Cc"] = "shop@example.com", "ann@gmail.com", "bob@gmail.com"
        sent["Subject"] = "Your bill"
        sent.set_content("Hello in text")
        sent.add_alternative(TRAP.format(port=trap.getsockname()[1]), subtype="html")
        sent.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename="bill.pdf")
        client().send_email(Content={"Raw": {"Data": bytes(sent)}})
        until(page, "document.querySelector('.email')")
        page.execute_script("document.querySelector('.email').open = true")
        until(page, "document.querySelector('iframe.html')")

        assert text(page, ".headers dd") == ["shop@example.com", "ann@gmail.com", "bob@gmail.com"]
        assert "Hello in text" in text(page, "pre.text")[0]
        assert text(page, ".attachment") == ["bill.pdfapplication/pdf"]
        assert "Subject: Your bill" in text(page, ".all-headers pre")[0]
        frame = page.execute_script("return document.querySelector('iframe.html')")
        assert frame.get_attribute("sandbox") == ""
        page.switch_to.frame(frame)
        paragraph = page.find_element("css selector", "p")
        assert (paragraph.text, paragraph.value_of_css_property("color")) == (
            "Hello Ann",
            "rgba(1, 2, 3, 1)",
        )
        page.switch_to.default_content()
        assert page.title == "sesv2-fake"
        assert connections(trap) == []
    page.get_log("browser")  # what the frame was kept from


@pytest.mark.filterwarnings("ignore::sesv2_fake.LiveDivergenceWarning")
def test_it_shows_what_the_live_service_would_refuse(page):
    client().batch_get_metric_data(Queries=[query(start=MONDAY.replace(hour=1))])
    until(page, "!document.getElementById('divergences').hidden")

    assert "1 call: BadRequestException" in text(page, "#divergences")[0]
    assert text(page, "#calls .pill") == ["live refuses"]


def test_it_shows_the_suppression_list_and_identities(page, sesv2_fake):
    assert page.execute_script("return document.getElementById('identities-card').hidden")
    sesv2_fake.suppress("gone@example.com")
    sesv2_fake.add_identity("example.org", verified=False)
    until(page, "document.querySelector('#identities .item')")

    assert text(page, "#suppressed .item") == ["ann@gmail.comBOUNCE", "gone@example.comBOUNCE"]
    assert text(page, "#identities .item") == ["example.orgnot verified"]


def test_days_that_are_left_out_are_a_visible_break_of_each_line(page, sesv2_fake):
    for day in (*range(1, 29), 58, 59):
        sesv2_fake.send("news@example.com", "ann@gmail.com", at=MONDAY + day * DAY, count=day)
    show(page, 390, "light")
    page.refresh()
    until(page, "document.querySelectorAll('#chart polyline').length")

    assert len(text(page, "#chart rect.break")) == 1
    lines = (
        "[...document.querySelectorAll('#chart polyline')].map((one) => one.getAttribute('points'))"
    )
    send, *_ = page.execute_script(
        f"return {lines}.filter((points) => points.split(' ').length > 20)"
    )
    assert len(page.execute_script(f"return {lines}")) == 2 * 7
    assert len({point.split(",")[0] for point in send.split()}) == 29


def test_it_shows_faults(page, sesv2_fake):
    sesv2_fake.throttle(optional=True)
    until(page, "document.querySelector('.fault')")

    assert text(page, ".fault .pill") == ["optional"]


def test_it_shows_answers_and_takes_them_back(page, url, sesv2_fake):
    sesv2_fake.answer("ListContactLists", {"NextToken": "t"}, times=2)
    client().list_contact_lists()
    until(page, "document.querySelector('#answers .item')")
    assert text(page, "#answers .item") == [
        "ListContactListsnot all yetused once, set up for 2 timesTake back"
    ]

    page.execute_script("document.querySelector('#answers button').click()")
    until(page, "document.getElementById('answers-card').hidden")

    assert control(url, "GET", "answers")[1] == []


def test_it_shows_export_jobs(page, url):
    made = client("eu-west-1")
    job = made.create_export_job(
        ExportDataSource={
            "MetricsDataSource": {
                "Dimensions": {"ISP": ["*"]},
                "Namespace": "VDM",
                "Metrics": [{"Name": "SEND"}],
                "StartDate": MONDAY,
                "EndDate": MONDAY + DAY,
            }
        },
        ExportDestination={"DataFormat": "CSV"},
    )["JobId"]
    until(page, "document.querySelector('#exports .item')")
    assert text(page, "#exports .pill") == ["PROCESSING"]

    for _ in range(2):
        made.get_export_job(JobId=job)
    until(page, "document.querySelector('#exports .good')")

    assert text(page, "#exports .pill") == ["COMPLETED"]
    assert text(page, "#exports .quiet") == ["METRICS_DATA · CSV · eu-west-1"]
    assert job in text(page, "#exports b")[0]


def test_it_shows_how_the_fake_is_set_up(page, url):
    control(url, "PUT", "options", {"vdm_enabled": False})
    control(url, "PUT", "clock", {"time": "2026-01-05"})
    until(page, "document.querySelectorAll('#state li').length === 3")

    assert text(page, "#state li") == [
        "documented contract",
        "VDM off",
        "clock stopped at 2026-01-05 00:00:00",
    ]


def test_each_fake_has_a_page_and_the_first_one_lists_them(page, url):
    id = control(url, "POST", "fakes", {})[1]["id"]
    until(page, "document.querySelector('#others a')")

    page.get(page.execute_script("return document.querySelector('#others a').href"))
    until(page, "document.getElementById('live').className === 'live'")
    assert text(page, "#which") == [f"fake {id} · the first one"]
    assert text(page, "#chart .empty strong") == ["Nothing counts here"]


def test_it_shows_the_report(page, sesv2_fake):
    page.execute_script("document.getElementById('report').open = true")
    until(page, "document.querySelector('#report pre').textContent")

    assert text(page, "#report pre") == [sesv2_fake.report()]


def test_it_requests_nothing_from_other_hosts(page, url):
    asked = page.execute_script(
        "return performance.getEntriesByType('resource').map((entry) => entry.name)"
    )

    assert len(asked) > 5
    assert all(name.startswith(f"{url}/") for name in asked)


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_it_is_no_wider_than_its_window(page, width):
    show(page, width, "light")
    page.refresh()
    until(page, "document.querySelector('tfoot')")

    assert page.execute_script("return document.documentElement.scrollWidth") <= width


def test_it_is_light_or_dark_as_the_reader_wants(page):
    ground = "return getComputedStyle(document.body).backgroundColor"

    light = page.execute_script(ground)
    show(page, 1280, "dark")
    assert (light, page.execute_script(ground)) == ("rgb(245, 245, 247)", "rgb(15, 15, 20)")


def test_it_says_if_the_fake_is_gone(browser, sesv2_fake):
    with sesv2_fake.serve() as url:
        browser.get(url)
        until(browser, "document.getElementById('live').className === 'live'")
    until(browser, "document.getElementById('live').className === 'lost'")

    assert text(browser, "#live") == ["not reached"]
    browser.get("about:blank")
    browser.get_log("browser")

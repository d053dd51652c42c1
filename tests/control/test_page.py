"""The page, in a real browser without a screen."""

import shutil
from importlib.util import find_spec

import pytest
from asking import MONDAY, client, query
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


def test_what_is_opened_stays_open(page):
    for _ in range(2):
        client().batch_get_metric_data(Queries=[query()])
    until(page, "document.querySelectorAll('#calls details').length === 2")
    page.execute_script("document.querySelectorAll('#calls details')[1].open = true")
    client().batch_get_metric_data(Queries=[query()])
    until(page, "document.querySelectorAll('#calls details').length === 3")

    assert page.execute_script("return document.querySelectorAll('#calls details')[2].open")


def test_it_shows_the_outbox_and_what_it_says_is_no_code(page):
    subject = "<img src=x onerror=document.title='owned'>"
    client().send_email(
        FromEmailAddress="shop@example.com",
        Destination={"ToAddresses": ["ann@gmail.com"]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Text": {"Data": "Hi"}}}},
    )
    until(page, "document.querySelector('.email')")

    assert text(page, ".email b") == [subject]
    assert page.title == "sesv2-fake"


def test_it_shows_faults(page, sesv2_fake):
    sesv2_fake.throttle(optional=True)
    until(page, "document.querySelector('.fault')")

    assert text(page, ".fault .pill") == ["optional"]


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


def test_it_asks_nobody_else(page, url):
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

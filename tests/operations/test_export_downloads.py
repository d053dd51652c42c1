"""The file of an export job, got by any HTTP client."""

import asyncio
import json
import shutil
import subprocess
import urllib.request
from importlib import import_module
from importlib.util import find_spec

import pytest
import serving
from asking import MONDAY, client, has

JOBS = "/v2/email/export-jobs"
SOURCE = {
    "Dimensions": {"ISP": ["Gmail"]},
    "Namespace": "VDM",
    "Metrics": [{"Name": "SEND", "Aggregation": "VOLUME"}],
    "StartDate": MONDAY.timestamp(),
    "EndDate": MONDAY.timestamp() + 86_400,
}
JOB = {
    "ExportDataSource": {"MetricsDataSource": SOURCE},
    "ExportDestination": {"DataFormat": "CSV"},
}
CONTENT = "ISP,SEND_VOLUME\nGmail,3.0000\n"


def by_urllib(url):
    with urllib.request.urlopen(url) as response:
        return response.read().decode()


def by_requests(url):
    return import_module("requests").get(url, timeout=10).text


def by_httpx(url):
    return import_module("httpx").get(url).text


def by_aiohttp(url):
    aiohttp = import_module("aiohttp")

    async def download():
        async with aiohttp.ClientSession() as session, session.get(url) as response:
            return await response.text()

    return asyncio.run(download())


def by_pandas(url):
    table = import_module("pandas").read_csv(url)
    return table.to_csv(index=False, float_format="%.4f")


def by_curl(url):
    command = ["curl", "--silent", "--show-error", "--fail", url]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    return done.stdout


def there(found):
    return pytest.mark.skipif(not found, reason="it is not installed")


@pytest.fixture(
    params=[
        pytest.param(by_urllib, id="urllib"),
        pytest.param(by_requests, id="requests", marks=there(find_spec("requests"))),
        pytest.param(by_httpx, id="httpx", marks=there(find_spec("httpx"))),
        pytest.param(by_aiohttp, id="aiohttp", marks=there(find_spec("aiohttp"))),
        pytest.param(by_pandas, id="pandas", marks=there(find_spec("pandas"))),
        pytest.param(by_curl, id="curl", marks=there(shutil.which("curl"))),
    ]
)
def download(request, sesv2_fake):
    sesv2_fake.send("news@example.com", "ann@gmail.com", at=MONDAY, count=3)
    return request.param


@pytest.mark.skipif(not has("CreateExportJob"), reason="botocore is older than it")
def test_in_process_it_is_on_loopback(download):
    made = client()
    job_id = made.create_export_job(**JOB)["JobId"]
    made.get_export_job(JobId=job_id)

    url = made.get_export_job(JobId=job_id)["ExportDestination"]["S3Url"]

    assert download(url) == CONTENT


def test_over_http_it_is_at_the_server(download, sesv2_fake):
    pytest.importorskip("werkzeug")
    with sesv2_fake.serve() as url:
        job_id = serving.send(url, json.dumps(JOB).encode(), path=JOBS)[2]["JobId"]
        where = {"method": "GET", "path": f"{JOBS}/{job_id}"}
        serving.send(url, b"", **where)
        s3_url = serving.send(url, b"", **where)[2]["ExportDestination"]["S3Url"]

        assert s3_url.startswith(f"{url}/")
        assert download(s3_url) == CONTENT

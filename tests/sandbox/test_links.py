"""Result links: the same bytes while they live, then 404, and every way in which a download can go wrong."""

import base64

import httpx2
import pytest

from darkroom.sandbox.options import Options
from darkroom.sandbox.server import Running
from sandbox.customer import TIMEOUT_SECONDS, Customer, opened


def link(customer: Customer, prompt: str = "a fox") -> str:
    return customer.generate(prompt, response_format="url").json()["data"][0]["url"]


def test_a_link_leads_to_the_picture_below_the_sandboxs_own_host(customer: Customer) -> None:
    address = link(customer)
    assert address.startswith(customer.sandbox.origin + "/r2cdn2/")
    assert address.endswith(".png")
    answer = customer.http.get(address)
    assert answer.headers["content-type"] == "image/png"
    assert opened(answer.content).size == (1254, 1254)


def test_a_link_dies(http: httpx2.Client) -> None:
    with Running(Options(time_scale=0)) as running:
        customer = Customer(running, http, "link")
        first = link(customer)
        http.post(running.origin + "/_sandbox/expire")
        assert http.get(first).status_code == 404
        assert http.get(link(customer)).status_code == 200
        assert http.get(link(customer, "[[set:url_ttl_seconds=0]]")).status_code == 404


def test_a_dead_link_is_a_404(customer: Customer) -> None:
    assert customer.http.get(link(customer, "[[cdn-404]]")).status_code == 404
    assert customer.http.get(customer.sandbox.origin + "/r2cdn2/none.png").status_code == 404


def test_a_flaky_link_works_the_third_time(customer: Customer) -> None:
    address = link(customer, "[[cdn-flaky]]")
    assert [customer.http.get(address).status_code for _ in range(4)] == [503, 503, 200, 200]


def test_a_link_can_lead_to_a_page(customer: Customer) -> None:
    answer = customer.http.get(link(customer, "[[cdn-html]]"))
    assert (answer.status_code, answer.headers["content-type"].partition(";")[0]) == (200, "text/html")


def test_a_slow_link_trickles(customer: Customer) -> None:
    with httpx2.Client(timeout=httpx2.Timeout(TIMEOUT_SECONDS, read=0.3)) as hasty:
        with hasty.stream("GET", link(customer, "[[cdn-slow:0.4]]")) as answer:
            chunks = list(answer.iter_raw())
        assert len(chunks) > 3
        assert opened(b"".join(chunks)).format == "PNG"
        with pytest.raises(httpx2.ReadTimeout):
            hasty.get(link(customer, "[[cdn-slow:20]]"))


def test_the_token_priced_model_has_no_links(customer: Customer) -> None:
    row = customer.generate(model="gpt-image-2").json()["data"][0]
    assert opened(base64.b64decode(row["b64_json"])).format == "PNG"

"""Headers of pages and static files."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from whitenoise.middleware import WhiteNoiseMiddleware

from shop.http.headers import WorkerPolicyMiddleware


@pytest.fixture
def static_files(settings: Any) -> WhiteNoiseMiddleware:
    """WhiteNoise serving the source tree, as with DEBUG on."""
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = True
    return WhiteNoiseMiddleware(lambda request: None, settings)


def test_only_the_worker_may_compile_webassembly(static_files: WhiteNoiseMiddleware, rf: RequestFactory) -> None:
    serve, worker = WorkerPolicyMiddleware(static_files), "/static/js/device.worker.js"
    fresh = serve(rf.get(worker))
    known = serve(rf.get(worker, headers={"if-modified-since": fresh["Last-Modified"]}))
    assert (fresh.status_code, known.status_code) == (200, 304)
    for answer in (fresh, known):
        policy = answer["Content-Security-Policy"]
        assert "script-src 'self' 'wasm-unsafe-eval';" in policy
        assert policy.startswith("default-src 'none';")
        assert policy.endswith("connect-src 'self'")
    assert "Content-Security-Policy" not in serve(rf.get("/static/js/photo.js"))


@pytest.mark.parametrize(
    ("name", "kind"),
    [("ort-wasm-simd-threaded.wasm.gz", "application/octet-stream"), ("ort.wasm.min.mjs", "text/javascript")],
)
def test_the_runtime_is_served_with_its_content_type(
    static_files: WhiteNoiseMiddleware, rf: RequestFactory, name: str, kind: str
) -> None:
    answer = static_files(rf.get(f"/static/vendor/onnxruntime-web/{name}"))
    assert answer["Content-Type"].partition(";")[0] == kind
    assert "Content-Encoding" not in answer


@pytest.mark.django_db
@pytest.mark.parametrize("page", ["/", "/api/v1/products/", "/account/login/", "/no-such-page/", "/static/x.js"])
def test_pages_may_not_use_camera_or_location(client: Client, page: str) -> None:
    policy = client.get(page).headers["Permissions-Policy"]
    assert {"camera=()", "geolocation=()", "microphone=()", "payment=()"} <= set(policy.split(", "))

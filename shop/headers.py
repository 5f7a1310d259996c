"""Headers of static files, which no middleware after WhiteNoise sees."""

from wsgiref.headers import Headers

WORKER = "/js/device.worker."  # with the hash of its content between this and .js in production
# Compiling WebAssembly is allowed to this worker alone; the pages' own policy stays without it. What holds the
# customer's photo may talk to this shop and to nobody else.
WORKER_POLICY = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'"


def add_worker_policy(headers: Headers, path: str, url: str) -> None:
    """Give the worker that looks at photos a content security policy of its own; a worker obeys no other."""
    if WORKER in url:
        headers["Content-Security-Policy"] = WORKER_POLICY

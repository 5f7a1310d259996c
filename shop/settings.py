"""Django settings, read from the environment. `.env.example` describes the variables.

By default everything runs embedded on one machine. Importing this module connects to nothing and starts nothing.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from psycopg.conninfo import make_conninfo

from shop import devdb
from shop.env import BASE_DIR, data_dir, env, secret_key
from shop.http.groups import TAGS
from shop.languages import languages

# --- Basics ---------------------------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = secret_key(debug=DEBUG)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
DATA_DIR = data_dir()
ROOT_URLCONF = "shop.urls"
WSGI_APPLICATION = "shop.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

SHOP_NAME = env.str("SHOP_NAME", "Semblance")
CURRENCY = env.str("CURRENCY", "EUR").upper()
# The base URL of links in emails. Workers write emails outside a request, and a request's Host header is not trusted.
SITE_URL = (env.str("SITE_URL", "") or (f"http://127.0.0.1:{env.int('PORT', 8000)}" if DEBUG else "")).rstrip("/")
DELIVERY_NOTE = env.str("DELIVERY_NOTE", "Ships in one or two working days.")

# The demo shop, with commands that fill it. By default, it is installed if DEBUG is on.
DEMO = env.bool("DEMO", DEBUG)

INSTALLED_APPS = [
    *(["demo"] if DEMO else []),
    "shop",
    "shop.storefront",
    "shop.pages",
    "shop.accounts",
    "shop.cart",
    "shop.orders",
    "shop.payments",
    "shop.promotions",
    "shop.fulfilment",
    "shop.checkout",
    "shop.wishlist",
    "shop.waitlist",
    "shop.reviews",
    "shop.recommendations",
    "shop.opening",
    "catalog",
    "visualsearch",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.sitemaps",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "treebeard",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "django_celery_results",
    "csp",
]

MIDDLEWARE = [
    "shop.http.middleware.HealthMiddleware",
    "shop.http.headers.PermissionsPolicyMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "shop.http.middleware.AdmissionMiddleware",
    "shop.http.search_times.SearchTimesMiddleware",
    "shop.http.headers.WorkerPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "shop.http.throttling.ThrottleMiddleware",
    "shop.http.conditional.ConditionalMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "shop.http.context_processors.shop",
            ],
        },
    }
]

# --- Database -------------------------------------------------------------------------------------------------------

if env.str("DATABASE_URL", ""):
    DATABASE: dict[str, Any] = env.dj_db_url("DATABASE_URL")
    if DATABASE["ENGINE"] != "django.db.backends.postgresql":
        raise ImproperlyConfigured("DATABASE_URL must name a PostgreSQL database with the extension pgvector.")
else:
    DATABASE = {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": devdb.NAME,
        "USER": devdb.NAME,
        "HOST": str(devdb.locate().sockets),
    }
DATABASES = {"default": {**DATABASE, "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}}

# --- Queue ----------------------------------------------------------------------------------------------------------

CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", "pgmq://localhost")
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.2, "errback": None}
CELERY_TASK_ACKS_LATE = True  # a killed worker's task is delivered again, so every task is safe to run twice
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 240
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"catalog.tasks.*": {"queue": "pictures"}, "visualsearch.tasks.*": {"queue": "embeddings"}}
CELERY_TASK_CREATE_MISSING_QUEUES = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXPIRES = 24 * 60 * 60
CELERY_TIMEZONE = "UTC"
if CELERY_BROKER_URL.startswith("pgmq://"):
    # The queue lives in the shop's database. A lost task is delivered again after the visibility timeout, which must
    # exceed the time limit of a task. Remote control is off, since this transport loses its replies.
    CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
        "conn_string": make_conninfo(
            host=DATABASE.get("HOST"),
            port=DATABASE.get("PORT") or None,
            dbname=DATABASE["NAME"],
            user=DATABASE.get("USER") or None,
            password=DATABASE.get("PASSWORD") or None,
        ),
        "init_extension": False,
        "pool_size": 4,
        "pool_timeout": 5,
        "visibility_timeout": 300,
        "wait_time_seconds": 0,
        "polling_interval": 0.25,
    }
    CELERY_WORKER_ENABLE_REMOTE_CONTROL = False

# --- Cache and sessions ---------------------------------------------------------------------------------------------

# The default cache holds log-in attempts and throttle counts, shared by all processes; "local" is per process.
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "shop.database.cache.DatabaseCache"},
    "local": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"},
}
if env.str("CACHE_URL", ""):
    CACHES["default"] = {**env.dj_cache_url("CACHE_URL"), "KEY_FUNCTION": "shop.database.cache.hashed_key"}
SESSION_COOKIE_AGE = 60 * 60 * 24 * 60

# --- Accounts -------------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.Customer"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL, LOGIN_REDIRECT_URL = "account_login", "accounts:overview"
ACCOUNT_ADAPTER = "shop.accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "shop.accounts.forms.SignupForm",
    "reset_password": "shop.accounts.forms.ResetPasswordForm",
}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False  # no email to strangers whose address a customer mistyped
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_LOGIN_ON_EMAIL_CONFIRMATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_RATE_LIMITS: dict[str, str] = {}  # allauth's defaults; see docs/decisions/0013
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_ADAPTER = "shop.accounts.adapter.MfaAdapter"
MFA_TOTP_TOLERANCE = 1  # accept the previous and the next code, for phones with a wrong clock
MAX_ADDRESSES = 20  # per customer
REVIEWS_BUYERS_ONLY = env.bool("REVIEWS_BUYERS_ONLY", True)
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# --- Orders and payments --------------------------------------------------------------------------------------------

SELLER = env.str("SELLER", SHOP_NAME).replace("\\n", "\n")  # on invoices: name, address, tax number
SELLER_COUNTRY = env.str("SELLER_COUNTRY", "DE")  # for estimates while the customer's country is unknown
ORDER_EXPIRES_MINUTES = env.int("ORDER_EXPIRES_MINUTES", 60)
PAY_LINK_HOURS = env.int("PAY_LINK_HOURS", 48)  # how long an order placed by staff waits for payment
RETURN_DAYS = env.int("RETURN_DAYS", 30)  # for customers to announce a return, after the last shipment
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY", "")
STRIPE_WEBHOOK_SECRET = env.str("STRIPE_WEBHOOK_SECRET", "")
STRIPE_CAPTURE = env.str("STRIPE_CAPTURE", "automatic")  # or manual: staff capture authorised payments
STRIPE_API = env.str("STRIPE_API", "")  # replaces Stripe's base URL, in tests for example
# The gateways that customers can choose. The test gateway charges nothing: production must name it explicitly.
PAYMENTS: list[str] = env.list(
    "PAYMENTS", [*(["stripe"] if STRIPE_SECRET_KEY else []), *(["test"] if DEBUG else []), "invoice"]
)

# --- Security ------------------------------------------------------------------------------------------------------

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
HTTPS = env.bool("HTTPS", not DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if HTTPS else 0
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]  # HSTS covers this host only
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
# The number of reverse proxies in front. Each appends the client's address to X-Forwarded-For; clients can forge all
# earlier entries. Rate limits and idempotency keys use the address that the outermost trusted proxy saw.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", 0)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXIES
if TRUSTED_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:", "blob:", *env.list("CSP_IMAGES", [])],
        "style-src": ["'self'"],
        "script-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'self'"],
        # A form may redirect to Stripe's payment page.
        "form-action": ["'self'", *(["https://checkout.stripe.com"] if "stripe" in PAYMENTS else [])],
        "frame-ancestors": ["'none'"],
    }
}

# --- Files ----------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
MEDIA_URL = env.str("MEDIA_URL", "media/")
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", "") or DATA_DIR / "media").resolve()
STORAGES = {
    "default": {
        "BACKEND": env.str("STORAGE_BACKEND", "django.core.files.storage.FileSystemStorage"),
        "OPTIONS": env.json("STORAGE_OPTIONS", {}),
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# --- Uploaded pictures ----------------------------------------------------------------------------------------------

PICTURE_MAX_BYTES = env.int("PICTURE_MAX_BYTES", 20 * 2**20)
PICTURE_MAX_PIXELS = env.int("PICTURE_MAX_PIXELS", 50_000_000)
PICTURE_MEMORY = env.int("PICTURE_MEMORY", 300)  # MB that a process may use to decode pictures
PICTURE_WAIT = env.int("PICTURE_WAIT", 5)  # seconds to wait for this memory
PICTURE_MIN_SIDE = env.int("PICTURE_MIN_SIDE", 16)
# hold: no picture is public before it is checked. publish-first: checked afterwards. off: never checked.
MODERATION = env.str("MODERATION", "hold")
# The function that scores how unsafe pictures are, from 0 to 1; empty: not checked.
MODERATION_UNSAFE = env.str("MODERATION_UNSAFE", "visualsearch.moderation.unsafe.open_nsfw")
MODERATION_QUALITY = env.bool("MODERATION_QUALITY", True)  # look for blur, text, collages and the like
# What a search with an unsafe photo returns. results: products, as any search does. neutral: a sentence that the photo
# cannot be used; each photo is then checked in memory.
MODERATION_SEARCH = env.str("MODERATION_SEARCH", "results")
# Pictures and feeds that the shop fetches by their address: from public addresses only, and from these networks.
FETCH_NETWORKS: list[str] = env.list("FETCH_NETWORKS", [])
FETCH_PORTS = [int(port) for port in env.list("FETCH_PORTS", ["80", "443"])]
FETCH_SECONDS = env.int("FETCH_SECONDS", 30)  # for one file, redirects included
FETCH_PER_HOST = env.int("FETCH_PER_HOST", 2)  # connections to one host at a time
FETCH_DELAY = env.float("FETCH_DELAY", 0.2)  # seconds between two files of one connection
PICTURE_WIDTHS = [160, 320, 640, 1280]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20  # forms without files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 10_000  # product forms have about ten fields per variant
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = PICTURE_MAX_BYTES  # customers' photos are never written to disk
FILE_UPLOAD_HANDLERS = [
    "shop.http.body_limits.BoundedMemoryUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

# --- Visual search --------------------------------------------------------------------------------------------------

VISUALSEARCH_NETWORK = env.str("VISUALSEARCH_NETWORK", "")  # empty: the bundled network
VISUALSEARCH_UPDATE = env.bool("VISUALSEARCH_UPDATE", True)  # swap to the bundled network of a new version
VISUALSEARCH_RUNTIME = env.str("VISUALSEARCH_RUNTIME", "auto")
VISUALSEARCH_THREADS = env.int("VISUALSEARCH_THREADS", 0)  # 0: one per core
VISUALSEARCH_BATCH = env.int("VISUALSEARCH_BATCH", 32)
VISUALSEARCH_ATTEMPTS = env.int("VISUALSEARCH_ATTEMPTS", 3)
VISUALSEARCH_QUERY_MAP = env.bool("VISUALSEARCH_QUERY_MAP", True)  # fitted on the shop's own pictures
VISUALSEARCH_CACHE = Path(env.str("VISUALSEARCH_CACHE", "") or DATA_DIR / "networks").resolve()
RECOMMENDATIONS = env.bool("RECOMMENDATIONS", True)  # remember in a cookie what a visitor views
# Sample photos, offered while their products are on sale. Other shops offer pictures of their own products.
SAMPLE_PHOTOS = BASE_DIR / "demo" / "photos" if DEMO else None

# --- API ------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": [
        f"shop.http.parsers.{name}" for name in ("JSONParser", "FormParser", "MultiPartParser")
    ],
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "shop.http.keys.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["shop.http.keys.HasScope"],
    "DEFAULT_SCHEMA_CLASS": "shop.http.schema.Schema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.PageNumberPagination",
    "PAGE_SIZE": 24,
    "NUM_PROXIES": TRUSTED_PROXIES,
    "DEFAULT_THROTTLE_CLASSES": ["shop.http.throttling.ScopedThrottle"],
    "DEFAULT_THROTTLE_RATES": {
        "photo": env.str("THROTTLE_PHOTO", "60/min"),
        "account": env.str("THROTTLE_ACCOUNT", "120/min"),
        "waitlist": env.str("THROTTLE_WAITLIST", "20/hour"),
        "suggest": env.str("THROTTLE_SUGGEST", "600/min"),
        "missed": env.str("THROTTLE_MISSED", "20/hour"),
        "review": env.str("THROTTLE_REVIEW", "60/hour"),
        "contact": env.str("THROTTLE_CONTACT", "10/hour"),
        "purchase": env.str("THROTTLE_PURCHASE", "120/min"),
    },
    "EXCEPTION_HANDLER": "shop.http.errors.api_error",
}
SPECTACULAR_SETTINGS = {
    "TITLE": f"{SHOP_NAME} API",
    "DESCRIPTION": "Browse products, search by words or photo, keep a wishlist, place orders and write reviews.",
    "VERSION": "1.1.0",
    "TAGS": TAGS,
    "SERVE_INCLUDE_SCHEMA": False,
    "PATH_CONVERTER_OVERRIDES": {"name": str},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Language and time ----------------------------------------------------------------------------------------------

# Only complete translations are offered; other codes fall back to one. See shop/languages.py.
REQUESTED_LANGUAGE = env.str("LANGUAGE_CODE", "en").lower()
LANGUAGES = languages(REQUESTED_LANGUAGE)
LANGUAGE_CODE = REQUESTED_LANGUAGE if REQUESTED_LANGUAGE in dict(LANGUAGES) else LANGUAGES[0][0]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env.str("TIME_ZONE", "UTC")
USE_I18N = USE_TZ = True

# --- Mail and logs --------------------------------------------------------------------------------------------------

if env.str("EMAIL_URL", ""):
    vars().update(env.dj_email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = DATA_DIR / "mail"  # without a mail server, emails are written to files here
EMAIL_TIMEOUT = 30  # seconds; far below the time limit of a task
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", "shop@localhost")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {
        "stderr": {"class": "logging.StreamHandler", "formatter": "line"},
        "null": {"class": "logging.NullHandler"},
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "WARNING")},
    # No handler of its own, or every line appears twice while DEBUG is on.
    "loggers": {
        "django": {"handlers": [], "level": env.str("LOG_LEVEL", "WARNING")},
        # Anyone can send any Host header, so these 400s are not logged.
        "django.security.DisallowedHost": {"handlers": ["null"], "propagate": False},
    },
}

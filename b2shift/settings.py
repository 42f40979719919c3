"""Settings of the project. Every value that may differ between installations comes from ``b2shift.env``."""

from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from b2shift import env
from b2shift.schedule import BEAT_SCHEDULE

BASE_DIR = env.BASE_DIR
B2SHIFT_HOME = env.home()
B2SHIFT_DEMO = env.flag("B2SHIFT_DEMO")
B2SHIFT_DEMO_PASSWORD = env.text("B2SHIFT_DEMO_PASSWORD", "demo-b2shift")
B2SHIFT_URL = env.url("B2SHIFT_URL", "http://localhost:8000", {"http", "https"})
LAKE_URL = env.text("LAKE_URL", str(B2SHIFT_HOME / "lake"))
LAKE_ENGINE = env.choice("LAKE_ENGINE", "duckdb", ("duckdb", "spark"))

SECRET_KEY = env.secret_key()
DEBUG = env.flag("DEBUG")
ALLOWED_HOSTS = env.names("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = [B2SHIFT_URL]

INSTALLED_APPS = [
    "b2shift",
    "accounts",
    "segments",
    "campaigns",
    "insights",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "csp",
    "django_celery_beat",
    "django_filters",
    "django_htmx",
    "django_tables2",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "knox",
    "pghistory",
    "pgtrigger",
    "rest_framework",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "b2shift.lib.language.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "b2shift.lib.uploads.UploadCapMiddleware",  # before the first that reads a form
    "accounts.permissions.GateMiddleware",
    "accounts.idempotency.IdempotencyMiddleware",
]

ROOT_URLCONF = "b2shift.urls"
WSGI_APPLICATION = "b2shift.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "b2shift.lib.navigation.context",
                "accounts.people.context",
            ],
        },
    }
]

DATABASES = {"default": {**env.database(), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, "ATOMIC_REQUESTS": False}}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "home"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_ADAPTER = "accounts.people.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_RATE_LIMITS = {"login_failed": "10/m/ip,5/5m/key"}
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = "B2Shift"
# Whose approvals need a fresh code of an authenticator: everybody's; in a demo those of people who have one.
B2SHIFT_STEP_UP = env.choice("B2SHIFT_STEP_UP", "enrolled" if B2SHIFT_DEMO else "always", ("always", "enrolled"))

# Language, time, numbers
LANGUAGE_CODE = "pt-br"
LANGUAGES = [("pt-br", _("Portuguese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
USE_I18N = USE_TZ = True
TIME_ZONE = "America/Sao_Paulo"
USE_THOUSAND_SEPARATOR = True

# Static files: vendored, hashed, no build step
STATIC_URL = "/static/"
STATIC_ROOT = B2SHIFT_HOME / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": B2SHIFT_HOME / "uploads"},
    },
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not DEBUG
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
B2SHIFT_MAX_UPLOAD_BYTES = env.number("B2SHIFT_MAX_UPLOAD_MB", 512, low=1, high=10_240) * 1024 * 1024

# Imports: memory of the child process that reads files, and the silence after which a worker is taken for dead
IMPORT_MEMORY_MB = env.number("B2SHIFT_IMPORT_MEMORY_MB", 3072, low=256, high=1_000_000)
IMPORT_LEASE_SECONDS = env.number("B2SHIFT_IMPORT_LEASE_SECONDS", 180, low=2, high=3600)

# A folder from which files are taken by themselves; inside it done/ and refused/ say what became of them
WATCH_FOLDER = env.text("WATCH_FOLDER", str(B2SHIFT_HOME / "inbox"))

# Security
_HTTPS = B2SHIFT_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
SECURE_SSL_REDIRECT = _HTTPS and env.flag("SECURE_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = 31_536_000 if _HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.flag("BEHIND_TLS_PROXY") else None
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "connect-src": [SELF],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    },
}

# Background work: a row in PostgreSQL is the work, the broker only wakes somebody up (DESIGN, rule 1)
CELERY_BROKER_URL = env.text("CELERY_BROKER_URL", "pgmq://localhost")
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 3600
CELERY_TIMEZONE = TIME_ZONE
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_BEAT_SCHEDULE = BEAT_SCHEDULE
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
DJANGO_CELERY_BEAT_TZ_AWARE = True

# Mail: a local mailbox that the product shows at /outbox/, or any server by EMAIL_URL
_email: dict[str, Any] = environ.Env.email_url_config(env.text("EMAIL_URL")) if env.text("EMAIL_URL") else {}
EMAIL_BACKEND = _email.get("EMAIL_BACKEND", "b2shift.lib.mail.MailboxBackend")
EMAIL_HOST = _email.get("EMAIL_HOST", "")
EMAIL_PORT = _email.get("EMAIL_PORT") or 25
EMAIL_HOST_USER = _email.get("EMAIL_HOST_USER") or ""
EMAIL_HOST_PASSWORD = _email.get("EMAIL_HOST_PASSWORD") or ""
EMAIL_USE_TLS = _email.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _email.get("EMAIL_USE_SSL", False)
EMAIL_TIMEOUT = 20
EMAIL_FILE_PATH = B2SHIFT_HOME / "mailbox"
DEFAULT_FROM_EMAIL = env.text("DEFAULT_FROM_EMAIL", "B2Shift <relacionamento@b2shift.example>")

# Outbox: a sender that is silent longer than the lease is taken for dead, so it must exceed the slowest delivery
OUTBOX_LEASE_SECONDS = env.number("OUTBOX_LEASE_SECONDS", 180, low=2, high=3600)
OUTBOX_RATE_PER_MINUTE = env.number("OUTBOX_RATE_PER_MINUTE", 3000, low=1, high=1_000_000)
# Drafts with one error put in on purpose, per week: how attentively they are reviewed. 0: only when an administrator plants one
PLANTED_DRAFTS_PER_WEEK = env.number("PLANTED_DRAFTS_PER_WEEK", 0, low=0, high=20)

# Language model: any OpenAI-compatible endpoint; without a key the playbook drafter serves
OPENAI_API_KEY = env.text("OPENAI_API_KEY")
OPENAI_BASE_URL = env.url("OPENAI_BASE_URL", "https://api.openai.com/v1", {"https", "http"})
OPENAI_MODEL = env.text("OPENAI_MODEL", "gpt-4o-mini")
OPENAI_TIMEOUT_SECONDS = env.number("OPENAI_TIMEOUT_SECONDS", 25, low=1, high=300)
# What a million tokens cost, in US cents, and what one search for repairs may spend on the model.
OPENAI_CENTS_PER_MILLION_IN = env.number("OPENAI_CENTS_PER_MILLION_IN", 15, high=1_000_000)
OPENAI_CENTS_PER_MILLION_OUT = env.number("OPENAI_CENTS_PER_MILLION_OUT", 60, high=1_000_000)
# The agents that write drafts: model, temperature, and the most that one draft may use (calls, tokens, seconds, US cents). One
# prescription of many segments takes AGENT_TOTAL_SECONDS at most, since a person waits for it: the rest is written from the playbook.
AGENT_MODEL = env.text("AGENT_MODEL", OPENAI_MODEL)
AGENT_TEMPERATURE = env.decimal("AGENT_TEMPERATURE", "0.4", high="2")
AGENT_STEPS = env.number("AGENT_STEPS", 12, low=4, high=40)
AGENT_TOKENS = env.number("AGENT_TOKENS", 60_000, low=5_000, high=2_000_000)
AGENT_SECONDS = env.number("AGENT_SECONDS", 25, low=5, high=30)
AGENT_CENTS = env.decimal("AGENT_CENTS", "5", low="0.01", high="1000")
AGENT_TOTAL_SECONDS = env.number("AGENT_TOTAL_SECONDS", 60, low=5, high=600)
CLEANSE_MODEL_CENTS = env.number("CLEANSE_MODEL_CENTS", 50, high=1_000_000)
CLEANSE_MODEL_TOKENS = env.number("CLEANSE_MODEL_TOKENS", 400_000)

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "knox.auth.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["accounts.permissions.RolePermission"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "b2shift.lib.api.Pagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "600/min"},
    "EXCEPTION_HANDLER": "b2shift.lib.api.exception_handler",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "B2Shift",
    "DESCRIPTION": "Customers, segments, campaigns and figures of B2Shift.",
    "VERSION": "1.0.0",
    "SERVE_PERMISSIONS": ["accounts.permissions.RolePermission"],
    "SWAGGER_UI_DIST": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "ImportStateEnum": "accounts.models.Import.State",
        "ImportChannelEnum": "accounts.models.Import.Channel",
        "ChannelEnum": "campaigns.models.Campaign.Channel",
        "DrafterEnum": "campaigns.models.Draft.Drafter",
        "RunStateEnum": "segments.models.Run.State",
        "ScoreKindEnum": "segments.models.ScoreKind",
        "ScoreModelStateEnum": "segments.models.ScoreModel.State",
        "ScoreTrainingStateEnum": "segments.models.ScoreTraining.State",
    },
}
DJANGO_TABLES2_TEMPLATE = "table.html"
DJANGO_TABLES2_PAGE_RANGE = 7
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "cache"}}

# Logs: one JSON line per event (or readable lines while developing)
structlog.configure(
    processors=[
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso"),
        structlog.processors.StackInfoRenderer(),
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "events": {
            "()": structlog.stdlib.ProcessorFormatter,
            "processor": structlog.dev.ConsoleRenderer(colors=False) if DEBUG else structlog.processors.JSONRenderer(),
            "foreign_pre_chain": [structlog.stdlib.add_log_level, structlog.processors.TimeStamper(fmt="iso")],
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "events"}},
    "root": {"handlers": ["stderr"], "level": env.text("LOG_LEVEL", "WARNING")},
}

"""Environment of the tests, loaded before the settings: the developer's queue, files and mail stay untouched."""

import os
import tempfile

from shop import devdb

os.environ.update(
    CELERY_BROKER_URL="memory://localhost",
    DEBUG="1",
    MEDIA_ROOT=tempfile.mkdtemp(prefix="semblance-media-"),
    EMAIL_URL="",
    MODERATION="publish-first",  # tests of moderation choose "hold"; the others need pictures at once
    MODERATION_QUALITY="0",  # most pictures of tests are small or blocks of colour
    THROTTLE_PHOTO="10000/min",
    THROTTLE_ACCOUNT="10000/min",
    THROTTLE_PURCHASE="10000/min",
    THROTTLE_WAITLIST="10000/min",
    THROTTLE_SUGGEST="10000/min",
    THROTTLE_MISSED="10000/min",
    THROTTLE_CONTACT="10000/min",
    THROTTLE_REVIEW="10000/min",
)
if not os.environ.get("DATABASE_URL"):
    devdb.start()

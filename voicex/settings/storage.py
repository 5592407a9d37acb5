"""Where the sound of recorded calls is stored."""

from pathlib import Path
from typing import Any
from urllib.parse import urlsplit


def recordings(
    directory: Path, *, bucket: str, endpoint: str, region: str, access_key: str, secret_key: str
) -> dict[str, Any]:
    """Django's settings for the storage of recordings: the bucket, or `directory` without one."""
    if not bucket:
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {
                "location": directory,
                # Private to this user; a piece that is stored again replaces itself.
                "file_permissions_mode": 0o600,
                "directory_permissions_mode": 0o700,
                "allow_overwrite": True,
            },
        }
    return {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": bucket,
            "endpoint_url": endpoint or None,
            "region_name": region or None,
            "access_key": access_key or None,
            "secret_key": secret_key or None,
            "default_acl": None,
            "file_overwrite": True,
            "client_config": _s3_config(endpoint),
        },
    }


def _s3_config(endpoint: str) -> Any:
    """How boto3 speaks to the bucket: with short timeouts, and checksums where they are known."""
    from botocore.config import Config  # large, and for those who have a bucket

    host = urlsplit(endpoint).hostname or ""
    is_amazons = not host or host.endswith((".amazonaws.com", ".amazonaws.com.cn"))
    # Checksums in trailers, which boto3 adds since 1.36, are refused by many other stores.
    when = "when_supported" if is_amazons else "when_required"
    return Config(
        connect_timeout=5,
        read_timeout=20,
        retries={"total_max_attempts": 2},
        request_checksum_calculation=when,
        response_checksum_validation=when,
    )

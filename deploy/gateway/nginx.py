"""Writes nginx.conf from routes.toml, so that containers route exactly as one machine does.

python -m deploy.gateway.nginx          writes deploy/gateway/nginx.conf
"""

from __future__ import annotations

import sys

from deploy.gateway.routes import FOLDER, Routes, read_routes

CONFIG = FOLDER / "nginx.conf"

HEAD = """\
# Made by `python -m deploy.gateway.nginx` from routes.toml: change that.
worker_processes auto;
events { worker_connections 4096; }
http {
  include /etc/nginx/mime.types;
  server_tokens off;
  access_log off;
  client_max_body_size 64m;
  keepalive_timeout 65;
  # A service that starts after the gateway, or moves, is found again.
  resolver 127.0.0.11 valid=5s ipv6=off;

  server {
    listen 8000;
    absolute_redirect off;

    proxy_http_version 1.1;
    proxy_set_header Connection "";
    proxy_set_header Host $http_host;
    # What we say of the visitor; nobody outside may say it for us.
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
    proxy_set_header X-Forwarded-Host $http_host;
    proxy_set_header X-Forwarded-Port "";
    proxy_set_header X-Forwarded-Prefix "";
    proxy_set_header X-Real-IP "";
    proxy_set_header Forwarded "";
    proxy_set_header X-Request-Id $request_id;
    proxy_buffering off;
    proxy_request_buffering off;
    proxy_connect_timeout 3s;
    proxy_read_timeout 60s;
    # Only our own failures get these pages: a service's own answer, 404 or 503, is passed on as it is.
    error_page 502 503 504 /unavailable.html;
    error_page 404 /not-found.html;
    location = /unavailable.html { internal; root /etc/nginx/pages; add_header Retry-After 5 always; }
    location = /not-found.html { internal; root /etc/nginx/pages; }

    location = / { return 302 %(home)s; }
    location = /healthz { default_type application/json; return 200 '{"status":"alive"}'; }
"""
ROUTE = """\
    location ~ ^%(prefix)s(?:[/.]|$) { set $service %(service)s-serve:8000; proxy_pass http://$service; }
"""
FOOT = """\
    location / { return 404; }
  }
}
"""


def nginx_config(routes: Routes) -> str:
    """nginx.conf for `routes`: regular expressions in order, the more special first, as nginx takes the first."""
    parts = [HEAD % {"home": routes.home}]
    parts += [ROUTE % {"prefix": prefix, "service": service} for prefix, service in routes.longest_first()]
    return "".join([*parts, FOOT])


def main() -> int:
    made = nginx_config(read_routes())
    if "--check" in sys.argv[1:]:
        if CONFIG.read_text("utf-8") != made:
            print("deploy/gateway/nginx.conf is not what routes.toml says: run python -m deploy.gateway.nginx")
            return 1
        return 0
    CONFIG.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

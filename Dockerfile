# The studio in a container: docker build -t lora-studio . && docker run -p 7860:7860 -v studio:/data lora-studio
FROM python:3.11-slim

RUN apt-get update \
 && apt-get install -y --no-install-recommends build-essential fonts-noto-cjk \
 && rm -rf /var/lib/apt/lists/*

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    PIP_NO_CACHE_DIR=1 \
    PIP_DISABLE_PIP_VERSION_CHECK=1 \
    GRADIO_ANALYTICS_ENABLED=False \
    HF_HOME=/data/hub \
    STUDIO_HOME=/data

WORKDIR /studio

# The packages by themselves, so that a change of the studio does not install them again.
COPY requirements.txt .
RUN pip install -r requirements.txt

RUN useradd --create-home --uid 1000 studio && mkdir -p /data && chown studio:studio /data
COPY --chown=studio app.py ./
COPY --chown=studio door door
COPY --chown=studio storage storage
COPY --chown=studio jobs jobs
COPY --chown=studio studio studio
COPY --chown=studio mini mini
COPY --chown=studio models models

USER studio
VOLUME /data
EXPOSE 7860

HEALTHCHECK --interval=30s --timeout=5s --start-period=60s --retries=3 \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:7860/', timeout=4)"]

STOPSIGNAL SIGTERM
CMD ["python", "app.py", "serve", "--demo", "--host", "0.0.0.0", "--port", "7860"]

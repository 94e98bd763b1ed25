# An LTS that `npm test` was run on; see docs/deploying.md.
ARG NODE=24-bookworm

# The full image has a compiler, for a better-sqlite3 that finds no prebuilt binary.
FROM node:${NODE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
COPY tools ./tools
RUN npm ci
COPY tsconfig.json tsconfig.build.json ./
COPY src ./src
COPY web ./web
RUN npm run build && npm prune --omit=dev
RUN mkdir /data

FROM node:${NODE}-slim
ENV NODE_ENV=production HOST=0.0.0.0
COPY --from=build /app/package.json /app/
COPY --from=build /app/node_modules /app/node_modules
COPY --from=build /app/dist /app/dist
# All else belongs to root, so the server cannot change itself. By number, so that Kubernetes sees that it is not root.
COPY --from=build --chown=1000:1000 /data /data
USER 1000:1000
# The database is in ./data when nothing else is said.
WORKDIR /
VOLUME /data
EXPOSE 3000
# Live, not ready: a database that is away is no reason to restart this.
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT || 3000}/health/live`).then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No npm and no shell in between, which would keep SIGTERM from it.
CMD ["node", "/app/dist/main.js"]

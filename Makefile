# make demo: install, start, import real data, end with a lead and the dashboard's address. make test: everything, on real engines.
.PHONY: demo test lint bench engines pictures schemathesis clean tools chromium
export PATH := $(CURDIR)/node_modules/.bin:$(PATH)

demo: dashboard/dist/index.html
	@node cli/sewertrace.js demo

test: dashboard/dist/index.html chromium
	@npm run --silent lint
	@node tests/run.ts

lint: node_modules/.installed
	@npm run --silent lint

# every one, with fewer rounds than the figures of bench/README.md took; one that fails does not keep the others from running
bench: dashboard/dist/index.html chromium
	@failed=0; for bench in "api/run.ts 5" "dashboard/run.ts" "detection/power.ts --series 24" "detection/calibration.ts --series 6" "detection/verdicts.ts --seeds 1 --plants 3" \
	  "detection/speed.ts" "detection/euda.ts" "ingest/run.ts" "loads/run.ts 200000" "loads/pipeline.ts" "trace/run.ts --runs 10" \
	  "trace/scale.ts --nodes 1000,10000,100000" "upload/run.ts 200000"; do \
	  echo "== node bench/$$bench"; node bench/$$bench || { echo "FAILED: bench/$$bench"; failed=1; }; done; exit $$failed

engines: node_modules/.installed
	@node tests/engines/run.ts

pictures: dashboard/dist/index.html chromium
	@node tests/browser/pictures.ts

schemathesis: node_modules/.installed
	@node tests/api/schemathesis.ts --seconds 600

clean:
	rm -rf node_modules dashboard/dist data coverage

tools:
	@command -v node >/dev/null || { echo "Node 20 or newer is missing: install it from your system's packages."; exit 1; }
	@command -v npm >/dev/null || { echo "npm is missing: it comes with Node; install it from your system's packages."; exit 1; }

node_modules/.installed: package-lock.json package.json | tools
	@echo "installing packages"; npm ci --no-audit --no-fund --loglevel=error
	@touch $@

dashboard/dist/index.html: node_modules/.installed $(shell find dashboard -path dashboard/dist -prune -o -type f -print) $(wildcard schemas/*.ts)
	@npm run --silent build -- --logLevel warn

chromium:
	@command -v chromium >/dev/null || { echo "installing Chromium for the browser tests"; \
	  apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk >/dev/null || \
	  { echo "The browser tests need Chromium at /usr/bin/chromium and could not install it: install it by hand."; exit 1; }; }

import { fileURLToPath } from "node:url";

import vue from "@vitejs/plugin-vue";
import { defineConfig, type Plugin } from "vite";

/** Writes the service worker: `src/worker.js` with the list of what this build consists of. */
function serviceWorker(): Plugin {
  return {
    name: "placewatch-service-worker",
    apply: "build",
    async generateBundle(_options, bundle) {
      const { readFile } = await import("node:fs/promises");
      const { createHash } = await import("node:crypto");
      const built = Object.keys(bundle)
        .filter((name) => !/\.(map|html)$|maplibre|echarts|worker/.test(name))
        .map((name) => `/${name}`)
        .sort();
      const files = ["/", "/icon.svg", "/manifest.webmanifest", ...built]; // the page itself is no part of the bundle yet
      const version = createHash("sha256").update(files.join("\n")).digest("hex").slice(0, 12);
      const source = (await readFile(new URL("./src/worker.js", import.meta.url), "utf8"))
        .replace("__VERSION__", version)
        .replace('["__FILES__"]', JSON.stringify(files));
      this.emitFile({ type: "asset", fileName: "sw.js", source });
    },
  };
}

export default defineConfig({
  plugins: [vue(), serviceWorker()],
  resolve: { alias: { "@": fileURLToPath(new URL("./src", import.meta.url)) } },
  worker: { format: "es" },
  build: {
    target: "es2022",
    assetsInlineLimit: 0, // the CSP allows data: for pictures alone
    chunkSizeWarningLimit: 1200,
    rollupOptions: {
      output: {
        manualChunks(id: string) {
          if (id.includes("maplibre-gl")) return "maplibre";
          if (/node_modules\/(echarts|zrender)/.test(id)) return "echarts";
          if (/node_modules\/(element-plus|@element-plus|@popperjs|@floating-ui)/.test(id)) return "element";
          if (id.includes("node_modules")) return "vendor";
          return undefined;
        },
      },
    },
  },
  server: { proxy: { "/api": "http://127.0.0.1:8600" } },
  test: { environment: "happy-dom", include: ["tests/**/*.test.ts"], pool: "threads" },
} as Parameters<typeof defineConfig>[0]);

// A route handler: one feed as server-sent events, for `EventSource` in the page. Equal feeds share one at the cloud.
import { cloud } from "../../../../../../lib/cloud.js";

export const dynamic = "force-dynamic";

/**
 * @param {Request} request
 * @param {{ params: Promise<{ deviceId: string, table: string, source: string }> }} context
 */
export async function GET(request, { params }) {
  const { deviceId, table, source } = await params;
  const field = new URL(request.url).searchParams.get("field");
  let feed;
  try {
    const client = await cloud();
    feed = await client.feed({ deviceId, table, source, ...(field && { field }) }, { signal: request.signal });
  } catch (error) {
    return Response.json({ error: error.message }, { status: error.code === "rejected" ? 404 : 503 });
  }
  const samples = feed[Symbol.asyncIterator]();
  const encoder = new TextEncoder();
  const body = new ReadableStream({
    // The stream pulls the next sample when the browser has taken the last one; until then the feed's queue holds them.
    async pull(controller) {
      try {
        const { done, value } = await samples.next();
        if (done) return controller.close();
        controller.enqueue(encoder.encode(`data: ${JSON.stringify(value)}\n\n`));
      } catch {
        controller.close(); // the browser reconnects
      }
    },
    cancel: () => void feed.stop(),
  });
  request.signal.addEventListener("abort", () => feed.stop());
  return new Response(body, { headers: { "content-type": "text/event-stream", "cache-control": "no-store" } });
}

import { useState } from "preact/hooks";
import type { SamplingOrder } from "../../schemas/order.ts";
import { formatDay, formatMoment } from "../format.ts";
import { t, tData } from "../language.ts";
import { leadCalls } from "../leadCalls.ts";
import { Form } from "../parts/Form.tsx";
import { leadAddress } from "../purpose.ts";

/** Crews sent out, what came back, and the link for the phone of the crew that is sent out now. */
export function Orders(props: { leadId: string; orders: readonly SamplingOrder[]; open: boolean; onChanged: () => void }) {
  const { leadId, orders, open, onChanged } = props;
  const [link, setLink] = useState<string | null>(null);
  return (
    <>
      {orders.length === 0 && <p class="muted">{t("orders.none")}</p>}
      <ul class="plain-list">
        {orders.toReversed().map((order) => (
          <li key={order.orderId}>
            <strong>{formatDay(order.day)}</strong> <span class="muted">{tData("orderState", order.state)}</span>{" "}
            <a href={leadAddress(leadId, `orders/${order.orderId}.html`)} target="_blank" rel="noreferrer">
              {t("orders.sheet")}
            </a>
            {order.state === "open" && (
              <>
                {" "}
                <button
                  type="button"
                  class="link"
                  onClick={() => leadCalls.cancelOrder(leadId, order.orderId).then(onChanged, onChanged)}
                >
                  {t("orders.cancel")}
                </button>
              </>
            )}
            <ul class="small">
              {order.points.map((point) => (
                <li key={point.sampleId}>
                  {point.node} <code>{point.sampleId}</code>{" "}
                  <span class="muted">
                    {formatMoment(point.start, order.timeZone)} · {backOf(point)}
                  </span>
                </li>
              ))}
            </ul>
          </li>
        ))}
      </ul>
      {link && (
        <p class="banner">
          {t("orders.link")}
          <br />
          <a href={link}>{new URL(link, window.location.href).href}</a>
        </p>
      )}
      {open && (
        <Form
          label={t("orders.new")}
          go={t("orders.new")}
          send={async ({ day = "" }) => {
            const { page } = await leadCalls.order(leadId, day);
            setLink(page);
            onChanged();
          }}
        >
          <label>
            {t("table.day")}
            <input type="date" name="day" required />
          </label>
        </Form>
      )}
    </>
  );
}

function backOf({ returned }: SamplingOrder["points"][number]): string {
  if (returned === null) return t("orders.waiting");
  return returned.taken
    ? t("orders.taken", { seal: returned.seal, by: returned.collector })
    : t("orders.notTaken", { why: returned.reason });
}

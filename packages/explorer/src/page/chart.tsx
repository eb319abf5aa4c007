import { BarChart, LineChart, ScatterChart, TreemapChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { type EChartsType, init, use } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import { useEffect, useRef } from "preact/hooks";
import { useDark } from "./use-media";

use([BarChart, LineChart, ScatterChart, TreemapChart]);
use([AriaComponent, GridComponent, LegendComponent, TooltipComponent, CanvasRenderer]);

interface ChartProps {
  /** What it shows, in words, for those who do not see it. */
  readonly label: string;
  /** An option of ECharts. */
  readonly option: object;
  readonly size?: "tall" | "low";
  /** Told the name of what was clicked on, and of what stands around it. */
  readonly onPick?: (names: readonly string[]) => void;
}

interface Picked {
  readonly name?: string;
  readonly treePathInfo?: readonly { readonly name: string }[];
}

/** A drawing by ECharts, in the colours of the page and as wide as there is room. */
export function Chart({ label, option, size = "low", onPick }: ChartProps) {
  const element = useRef<HTMLDivElement>(null);
  const chart = useRef<EChartsType | undefined>(undefined);
  const isDark = useDark();

  useEffect(() => {
    const box = element.current!;
    const own = init(box, isDark ? "dark" : undefined);
    chart.current = own;
    const observer = new ResizeObserver(() => own.resize());
    observer.observe(box);
    return () => {
      observer.disconnect();
      own.dispose();
      chart.current = undefined;
    };
  }, [isDark]);

  useEffect(() => {
    const common = { backgroundColor: "transparent", animation: false, textStyle: { fontFamily: "inherit" } };
    // A tooltip as rich text is drawn: one of HTML has styles that a strict content policy refuses.
    const tooltip = { renderMode: "richText", confine: true };
    const own = "tooltip" in option && typeof option.tooltip === "object" ? option.tooltip : {};
    chart.current?.setOption({ ...common, ...option, tooltip: { ...tooltip, ...own } }, true);
  }, [option, isDark]);

  useEffect(() => {
    const own = chart.current;
    if (!own || !onPick) return;
    const pick = ({ name = "", treePathInfo = [] }: Picked) => onPick([...treePathInfo.map((one) => one.name), name]);
    own.on("click", pick as (event: unknown) => void);
    return () => {
      if (!own.isDisposed()) own.off("click");
    };
  }, [onPick, isDark]);

  return <div class={`chart ${size}`} ref={element} role="img" aria-label={label} />;
}

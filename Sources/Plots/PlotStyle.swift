/// The look of the SVG elements: classes, so that one page may restyle all its pictures; light and dark.
public enum PlotStyle {
    /// Rules for the classes that the pictures use. Series differ in colour (Okabe and Ito 2008), dash and mark.
    public static let css = """
        .plot{--ink:#1b1f24;--soft:#5b6470;--rule:#d5dae1;--paper:#fff;--a:#0067a5;--b:#b8480a;--c:#00785a;--d:#7a3f8f}
        @media (prefers-color-scheme:dark){.plot{--ink:#e8ebef;--soft:#a3adb9;--rule:#3a424d;--paper:#14181d;\
        --a:#5db4ec;--b:#f29a5c;--c:#3fcaa0;--d:#cf9be0}}
        .plot{font:13px/1.3 "Helvetica Neue",Helvetica,Arial,"Liberation Sans",sans-serif;max-width:100%;height:auto;\
        font-variant-numeric:tabular-nums}
        .plot text{fill:var(--ink)}.plot .soft{fill:var(--soft)}.plot .bold{font-weight:600}\
        .plot .reason{paint-order:stroke;stroke:var(--paper);stroke-width:6px}
        .plot .axis{stroke:var(--ink);fill:none;stroke-width:1}.plot .grid{stroke:var(--rule);fill:none;stroke-width:1}
        .plot .reference{stroke:var(--soft);fill:none;stroke-width:1;stroke-dasharray:4 3}
        .plot .line{fill:none;stroke-width:2;stroke-linejoin:round}
        .plot .thin{fill:none;stroke-width:1.4}.plot .band{stroke:none;fill-opacity:.18}
        .plot .a.line,.plot .a.thin{stroke:var(--a)}.plot .b.line,.plot .b.thin{stroke:var(--b);stroke-dasharray:7 3}
        .plot .c.line,.plot .c.thin{stroke:var(--c);stroke-dasharray:2 3}
        .plot .d.line,.plot .d.thin{stroke:var(--d);stroke-dasharray:9 3 2 3}
        .plot .a.band,.plot .a.dot,.plot .a.bar{fill:var(--a)}.plot .b.band,.plot .b.dot,.plot .b.bar{fill:var(--b)}
        .plot .c.band,.plot .c.dot,.plot .c.bar{fill:var(--c)}.plot .d.band,.plot .d.dot,.plot .d.bar{fill:var(--d)}
        .plot .dot{fill-opacity:.7}.plot .bar{fill-opacity:.55}
        .plot text.a{fill:var(--a)}.plot text.b{fill:var(--b)}.plot text.c{fill:var(--c)}.plot text.d{fill:var(--d)}
        .plot .whisker{stroke:var(--ink);stroke-width:1.4;fill:none}.plot .square{fill:var(--a)}
        .plot .diamond{fill:var(--b)}.plot .prediction{fill:var(--b);fill-opacity:.35;stroke:var(--b)}
        .plot .cell{fill:var(--a);stroke:var(--rule)}.plot .diagonal{fill:none;stroke:var(--ink);stroke-width:2}
        """
}

/*
 * A ladder as one page of HTML that needs nothing else: no script, font or picture from elsewhere, and its policy forbids
 * them.  Each rung is a <details>, so that it opens by keyboard and without script; the script only walks among them.
 */

#include <stdio.h>
#include <string.h>

#include "lib/prf.h"
#include "shell/ladder_view.h"

static const char style[] =
    ":root{--bg:#fff;--ink:#20262e;--faint:#5d6773;--life:#c9cfd6;--ike:#2b5c8a;--esp:#3f7454;--bad:#b3261e;--has:#9db8d2;--soft:#f3f5f7;color-scheme:light dark}\n"
    "@media (prefers-color-scheme:dark){:root{--bg:#14181d;--ink:#e4e8ec;--faint:#9aa5b0;--life:#3d4650;--ike:#86b6e2;--esp:#8cc29f;--bad:#ff8a80;--has:#41607e;--soft:#1d232a}}\n"
    "*{box-sizing:border-box}body{margin:0;background:var(--bg);color:var(--ink);font:14px/1.45 system-ui,sans-serif}\n"
    "main{max-width:68rem;margin:0 auto;padding:1.5rem 1rem 4rem}h1{font-size:1.5rem;margin:0 0 .5rem;overflow-wrap:anywhere}h2{font-size:1.05rem;margin:2rem 0 .5rem}\n"
    "p{margin:.15rem 0}.note{color:var(--faint)}.alert{color:var(--bad);font-weight:600}.alert::before{content:\"\\2715\\a0\"}\n"
    "kbd{font:.85em ui-monospace,monospace;border:1px solid var(--life);border-radius:3px;padding:0 .3em}\n"
    "svg text{font:12px system-ui,sans-serif;fill:var(--ink)}svg .f{font-size:11px;fill:var(--faint)}svg .m{font-family:ui-monospace,monospace;font-size:11px}svg .bad{fill:var(--bad);font-weight:600}\n"
    ".lanes{overflow-x:auto}.lanes svg{display:block;width:100%;min-width:44rem;height:auto}\n"
    ".heads{display:grid;grid-template-columns:7.5rem 1fr;position:sticky;top:0;background:var(--bg);padding:.4rem .75rem .4rem .25rem;border-bottom:1px solid var(--life);z-index:1}\n"
    ".heads div{position:relative;height:2.9em}.heads div span{position:absolute;top:0;left:var(--x);transform:translateX(-50%);text-align:center}.heads div span:first-child{transform:none;text-align:left}.heads div span:last-child{left:auto;right:0;transform:none;text-align:right}.heads b{display:block}.heads small{color:var(--faint)}\n"
    "ol{list-style:none;margin:0;padding:0}li>details>summary{display:grid;grid-template-columns:7.5rem 1fr;padding:0 .75rem 0 .25rem;cursor:pointer;list-style:none}\n"
    "li>details>summary::-webkit-details-marker{display:none}li summary:hover{background:var(--soft)}summary:focus-visible{outline:2px solid var(--ike);outline-offset:-2px}\n"
    "time{font:.82em/2.1 ui-monospace,monospace;color:var(--faint)}time::before{content:\"\\25b8\\a0\"}[open]>summary time::before{content:\"\\25be\\a0\"}\n"
    ".rung{position:relative;padding:.35rem 0 .2rem;border-right:1px solid var(--life);background:repeating-linear-gradient(to right,var(--life) 0 1px,transparent 1px var(--gap))}\n"
    ".label{display:block;padding:0 .7rem;text-align:left;overflow-wrap:anywhere}.label{margin-left:var(--a)}.left .label{text-align:right;margin-left:0;margin-right:var(--b)}\n"
    ".arrow{display:block;position:relative;height:12px;margin-left:var(--a);margin-right:var(--b)}\n"
    ".arrow i{position:absolute;left:0;right:0;top:5px;border-top:2px solid var(--ike)}.again .arrow i{border-top-style:dashed}\n"
    ".arrow::after{content:\"\";position:absolute;right:0;top:0;border:6px solid transparent;border-left:11px solid var(--ike);border-right:0}\n"
    ".left .arrow::after,.both .arrow::before{content:\"\";position:absolute;right:auto;left:0;top:0;border:6px solid transparent;border-right:11px solid var(--ike);border-left:0}\n"
    ".esp .arrow i{top:3px;border-top:6px solid var(--esp)}.esp .arrow::after{border-left-color:var(--esp)}.esp.left .arrow::after{border-left-color:transparent;border-right-color:var(--esp)}\n"
    ".bad .arrow i{top:2px;height:8px;border:1px solid var(--bad);background:repeating-linear-gradient(135deg,var(--bad) 0 3px,var(--bg) 3px 6px)}\n"
    ".bad .arrow::after{border-left-color:var(--bad)}.bad.left .arrow::after{border-left-color:transparent;border-right-color:var(--bad)}\n"
    ".bad .label{color:var(--bad);font-weight:600}.bad .label::before{content:\"\\2715\\a0\"}.loop .arrow{display:none}\n"
    ".states{display:flex;justify-content:space-between;font:.78em ui-monospace,monospace;color:var(--faint);margin-left:var(--a);margin-right:var(--b);padding:0 .5rem}\n"
    ".more{margin:0 .75rem .5rem 7.75rem;padding:.5rem .75rem;background:var(--soft);border-left:3px solid var(--life)}.more pre{margin:0;white-space:pre-wrap;overflow-wrap:anywhere;font:.85em/1.5 ui-monospace,monospace}\n"
    "@media (max-width:40rem){.heads,li>details>summary{grid-template-columns:1fr}.heads>span{display:none}.more{margin-left:.25rem}.states{flex-wrap:wrap}}\n"
    "@media print{:root{--bg:#fff;--ink:#000;--faint:#444;--life:#999;--ike:#000;--esp:#000;--bad:#000;--has:#bbb;--soft:#fff;color-scheme:light}body{font-size:10pt}main{max-width:none;padding:0}"
    ".keys,time::before{display:none}.heads{position:static}details,.lane{break-inside:avoid}*{print-color-adjust:exact;-webkit-print-color-adjust:exact}}\n"
    "@media (forced-colors:active){.arrow i{border-top-color:CanvasText}.bad .arrow i{border-style:double;border-color:CanvasText}}\n";

static const char script[] =
    "'use strict';\n"
    "const rows=[...document.querySelectorAll('li>details>summary')];\n"
    "document.documentElement.dataset.rows=rows.length;\n"
    "const go=i=>{const s=rows[Math.max(0,Math.min(rows.length-1,i))];if(s){s.focus();s.scrollIntoView({block:'nearest'});}};\n"
    "document.addEventListener('keydown',e=>{\n"
    "if(e.ctrlKey||e.altKey||e.metaKey||!rows.length)return;\n"
    "const at=rows.indexOf(document.activeElement),bad=s=>s.closest('.bad');\n"
    "const k={j:()=>go(at+1),ArrowDown:()=>go(at+1),k:()=>go(at-1),ArrowUp:()=>go(at-1),Home:()=>go(0),End:()=>go(rows.length-1),\n"
    "n:()=>{const i=rows.findIndex((s,x)=>x>at&&bad(s));if(i>=0)go(i);},\n"
    "p:()=>{for(let i=(at<0?rows.length:at)-1;i>=0;i--)if(bad(rows[i]))return go(i);},\n"
    "e:()=>{const o=rows.some(s=>!s.parentNode.open);for(const s of rows)s.parentNode.open=o;}}[e.key];\n"
    "if(k){e.preventDefault();k();}});\n";

/* RFC 4648, 4. */
static void
add_base64(struct text *t, const uint8_t *p, size_t n)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

	for (size_t i = 0; i < n; i += 3) {
		uint32_t v = (uint32_t)p[i] << 16 | (i + 1 < n ? (uint32_t)p[i + 1] << 8 : 0) | (i + 2 < n ? p[i + 2] : 0);

		text_addc(t, digits[v >> 18]);
		text_addc(t, digits[v >> 12 & 63]);
		text_addc(t, i + 1 < n ? digits[v >> 6 & 63] : '=');
		text_addc(t, i + 2 < n ? digits[v & 63] : '=');
	}
}

static void
page_head(const char *title, struct text *out)
{
	const struct iov v = { script, sizeof(script) - 1 };
	uint8_t hash[HASH_MAX];

	hash_iov(HASH_SHA256, &v, 1, hash);
	text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
	    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-");
	add_base64(out, hash, hash_len(HASH_SHA256));
	text_add(out, "'\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n<title>");
	ladder_escape(out, title);
	text_add(out, "</title>\n<style>\n");
	text_add(out, style);
	text_add(out, "</style>\n</head>\n<body>\n<main>\n<h1>");
	ladder_escape(out, title);
	text_add(out, "</h1>\n");
}

/* A paragraph a line. */
static void
paragraphs(const char *s, const char *class, struct text *out)
{
	while (*s != '\0') {
		size_t n = strcspn(s, "\n");
		char line[256];

		snprintf(line, sizeof(line), "%.*s", (int)n, s);
		text_printf(out, "<p class=\"%s\">", strncmp(line, "INVALID", 7) == 0 ? "alert" : class);
		ladder_escape(out, line);
		text_add(out, "</p>\n");
		s += n;
		s += *s == '\n';
	}
}

/* ---- lanes ---- */

static void
lanes_in_words(const struct ladder_view *v, struct text *out)
{
	char name[LADDER_NAME + 1];
	struct text t = { 0 };

	text_add(out, "<details class=\"words\"><summary>The same in words</summary>\n<ul>\n");
	for (size_t i = 0; i < v->nlanes; i++) {
		const struct ladder_sa *sa = &v->l->sas[v->lane[i]];

		text_clear(&t);
		ladder_lane_title(v, sa, &t);
		for (unsigned end = 0; end < 2; end++) {
			text_printf(&t, "%s %s: ", end == 0 ? "." : ";", ladder_party_text(v->l, sa->party[end], name, sizeof(name)));
			ladder_lane_end(v, sa, end, &t);
		}
		text_add(out, "<li>");
		ladder_escape(out, text_str(&t));
		text_add(out, "</li>\n");
	}
	text_add(out, "</ul>\n</details>\n");
	text_free(&t);
}

static void
lanes(const struct ladder_view *v, struct text *out)
{
	struct text svg = { 0 };
	unsigned height;

	if (v->nlanes == 0)
		return;
	height = ladder_svg_lanes(v, 0, &svg);
	text_add(out, "<section aria-labelledby=\"sas\">\n<h2 id=\"sas\">Security associations</h2>\n"
	    "<p class=\"note\">How long each end had them. Hatched: packets came, and the receiver had none.</p>\n<div class=\"lanes\" tabindex=\"0\" role=\"region\" aria-label=\"Lanes of the security associations\">\n");
	text_printf(out, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"60 0 %d %u\" role=\"img\" aria-label=\"Lanes of %zu security associations\">\n",
	    LADDER_SVG_WIDTH - 60, height, v->nlanes);
	text_addn(out, text_str(&svg), svg.len);
	text_add(out, "</svg>\n</div>\n");
	if (v->more_lanes > 0)
		text_printf(out, "<p class=\"note\">%zu more are not drawn.</p>\n", v->more_lanes);
	lanes_in_words(v, out);
	text_add(out, "</section>\n");
	text_free(&svg);
}

/* ---- rungs ---- */

static void
heads(const struct ladder_view *v, struct text *out)
{
	char text[2][LADDER_ALIASES * ADDR_STRLEN];

	text_add(out, "<div class=\"heads\"><span></span><div>");
	for (unsigned i = 0; i < v->ncolumns; i++) {
		ladder_head(v, i, text[0], text[1], sizeof(text[0]));
		text_printf(out, "<span style=\"--x:%u%%\"><b>", v->ncolumns > 1 ? 100 * i / (v->ncolumns - 1) : 0);
		ladder_escape(out, text[0]);
		text_add(out, "</b><small>");
		ladder_escape(out, text[1]);
		text_add(out, "</small></span>");
	}
	text_add(out, "</div></div>\n");
}

/* How far the arrow stays from both sides, in hundredths of a percent. */
static void
margins(const struct ladder_view *v, const struct ladder_row *r, struct text *out)
{
	unsigned n = v->ncolumns > 1 ? v->ncolumns - 1 : 1, a = v->column[r->from], b = v->column[r->to], lo = a < b ? a : b, hi = a < b ? b : a;
	unsigned left = 10000 * lo / n, right = 10000 - 10000 * hi / n;

	text_printf(out, " style=\"--a:%u.%02u%%;--b:%u.%02u%%\"", left / 100, left % 100, right / 100, right % 100);
}

static void
row_class(const struct ladder_view *v, const struct ladder_row *r, struct text *out)
{
	static const char *const kinds[] = { [LADDER_IKE] = "ike", [LADDER_ESP] = "esp", [LADDER_KEEPALIVE] = "keepalive", [LADDER_ICMP] = "icmp" };
	unsigned a = v->column[r->from], b = v->column[r->to];

	text_add(out, kinds[r->kind]);
	text_add(out, a > b ? " left" : a == b ? " loop" : "");
	text_printf(out, "%s%s%s", r->bad ? " bad" : "", r->again ? " again" : "", r->back > 0 ? " both" : "");
}

static void
states(const struct ladder_view *v, const struct ladder_row *r, struct text *out)
{
	unsigned from = v->column[r->from] <= v->column[r->to] ? 0 : 1;

	if (r->state[0] == NULL && r->state[1] == NULL)
		return;
	text_add(out, "<span class=\"states\"><span>");
	ladder_escape(out, r->state[from] != NULL ? r->state[from] : "");
	text_add(out, "</span><span>");
	ladder_escape(out, r->state[!from] != NULL ? r->state[!from] : "");
	text_add(out, "</span></span>");
}

static void
more(const struct ladder_view *v, const struct ladder_row *r, struct text *out)
{
	struct text t = { 0 };

	text_add(out, "<div class=\"more\"><pre>");
	ladder_row_sentence(v, r, &t);
	ladder_escape(out, text_str(&t));
	if (r->why != NULL) {
		text_addc(out, '\n');
		ladder_escape(out, r->why);
	}
	if (r->detail != NULL) {
		text_addc(out, '\n');
		ladder_escape(out, r->detail);
	}
	if (v->l->nfiles > 1)
		text_printf(out, "\nseen in %s", r->seen == 3 ? "both captures" : r->seen == 2 ? "the second capture only" : "the first capture only");
	text_add(out, "</pre></div>");
	text_free(&t);
}

static void
row(const struct ladder_view *v, const struct ladder_row *r, struct text *out)
{
	struct text t = { 0 };

	text_add(out, "<li class=\"");
	row_class(v, r, out);
	text_add(out, "\"><details><summary aria-label=\"");
	ladder_row_sentence(v, r, &t);
	ladder_escape(out, text_str(&t));
	text_add(out, "\"><time>");
	ladder_when(v->l, r->ns, out);
	text_add(out, "</time><span class=\"rung\"");
	margins(v, r, out);
	text_add(out, "><span class=\"label\">");
	text_clear(&t);
	ladder_label(v, r, &t);
	ladder_escape(out, text_str(&t));
	text_add(out, "</span><span class=\"arrow\"><i></i></span>");
	states(v, r, out);
	text_add(out, "</span></summary>");
	more(v, r, out);
	text_add(out, "</details></li>\n");
	text_free(&t);
}

static void
rungs(const struct ladder_view *v, struct text *out)
{
	unsigned gap = v->ncolumns > 1 ? 10000 / (v->ncolumns - 1) : 10000;

	if (v->l->nrows == 0)
		return;
	text_add(out, "<section aria-labelledby=\"rungs\">\n<h2 id=\"rungs\">Who sent what when</h2>\n"
	    "<p class=\"note keys\"><kbd>j</kbd> <kbd>k</kbd> or arrows walk, <kbd>Enter</kbd> opens, <kbd>n</kbd> <kbd>p</kbd> go to the next and the last invalid SPI, <kbd>e</kbd> opens all.</p>\n");
	heads(v, out);
	text_printf(out, "<ol style=\"--gap:%u.%02u%%\">\n", gap / 100, gap % 100);
	for (size_t i = 0; i < v->l->nrows; i++)
		row(v, &v->l->rows[i], out);
	text_add(out, "</ol>\n</section>\n");
}

void
ladder_html(const struct ladder *l, const struct ladder_style *s, struct text *out)
{
	struct text t = { 0 };
	struct ladder_view v;

	ladder_view(&v, l);
	ladder_title(l, s, &t);
	page_head(text_str(&t), out);
	text_clear(&t);
	ladder_summary(l, &t);
	paragraphs(text_str(&t), "sum", out);
	text_clear(&t);
	ladder_cut(l, &t);
	paragraphs(text_str(&t), "note", out);
	lanes(&v, out);
	rungs(&v, out);
	text_add(out, "</main>\n<script>");
	text_add(out, script);
	text_add(out, "</script>\n</body>\n</html>\n");
	text_free(&t);
}

//! Plots over virtual time, as SVG.
//!
//! Each colour stands once in a plot's source and once in `report.css`, which has another in its
//! place where the page is dark.

use jiff::civil::Date;
use plotters::backend::SVGBackend;
use plotters::chart::ChartBuilder;
use plotters::coord::Shift;
use plotters::drawing::{DrawingArea, DrawingAreaErrorKind, IntoDrawingArea as _};
use plotters::element::{Circle, Text};
use plotters::series::{AreaSeries, DashedLineSeries, LineSeries};
use plotters::style::text_anchor::{HPos, Pos, VPos};
use plotters::style::{Color as _, IntoFont as _, RGBColor, TextStyle};

use super::axis::{self, Axis};

/// For what is looked at first.
pub(super) const BLUE: RGBColor = RGBColor(0x1f, 0x6f, 0xb5);
/// For what is compared with it.
pub(super) const ORANGE: RGBColor = RGBColor(0xc7, 0x51, 0x0e);
/// For a third.
pub(super) const GREEN: RGBColor = RGBColor(0x2e, 0x7d, 0x4f);
const INK: RGBColor = RGBColor(0x4a, 0x52, 0x5a);
const TITLE: RGBColor = RGBColor(0x1c, 0x21, 0x26);
const GRID: RGBColor = RGBColor(0xe1, 0xe5, 0xe9);
const RULE: RGBColor = RGBColor(0x8a, 0x93, 0x9c);

/// A plot.
pub(super) struct Chart {
    /// What it shows, with its unit.
    pub(super) title: &'static str,
    /// What is to be seen in it, in a sentence.
    pub(super) says: String,
    /// What is drawn.
    pub(super) lines: Vec<Line>,
    /// A level to compare with: its name, and where it is.
    pub(super) rule: Option<(String, f64)>,
    /// Whether it counts in whole numbers; else in seconds.
    pub(super) whole: bool,
}

impl Chart {
    /// Whether there is nothing to be seen in it.
    pub(super) fn is_empty(&self) -> bool {
        self.lines.iter().all(Line::is_flat)
    }
}

impl Line {
    /// Whether it never leaves the ground.
    fn is_flat(&self) -> bool {
        self.points.iter().flatten().all(|point| *point <= 0.0)
    }
}

/// One line of a plot.
pub(super) struct Line {
    /// What it is.
    pub(super) name: &'static str,
    /// In which colour.
    pub(super) colour: RGBColor,
    /// A number for each bucket that has one.
    pub(super) points: Vec<Option<f64>>,
    /// Whether the area under it is filled.
    pub(super) filled: bool,
}

/// The time that plots go over.
#[derive(Clone, Copy)]
pub(super) struct Span {
    pub(super) first: Date,
    pub(super) days: u32,
    /// How long a bucket is, in hours.
    pub(super) bucket: f64,
}

/// How wide plots are, in pixels.
pub(super) const WIDTH: u32 = 960;
/// How high each is.
const HEIGHT: u32 = 200;
const PICTURE_HEIGHT: u32 = 190;

type Area<'a> = DrawingArea<SVGBackend<'a>, Shift>;
type Drawn = Result<(), DrawingAreaErrorKind<std::io::Error>>;

/// One plot for a page, which has its title and its lines' names beside it.
pub(super) fn plot(chart: &Chart, span: Span) -> Result<String, String> {
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, (WIDTH, HEIGHT)).into_drawing_area();
        draw(&area, chart, span)
            .and_then(|()| area.present())
            .map_err(|error| error.to_string())?;
    }
    Ok(svg)
}

/// Several plots in one picture that stands by itself.
pub(super) fn picture(title: &str, charts: &[Chart], span: Span) -> Result<String, String> {
    const HEAD: u32 = 40;
    let count = u32::try_from(charts.len()).unwrap_or(1);
    let size = (WIDTH, HEAD + count * PICTURE_HEIGHT);
    let mut svg = String::new();
    {
        let area = SVGBackend::with_string(&mut svg, size).into_drawing_area();
        picture_on(&area, title, charts, span, HEAD).map_err(|error| error.to_string())?;
    }
    Ok(svg)
}

fn picture_on(area: &Area<'_>, title: &str, charts: &[Chart], span: Span, head: u32) -> Drawn {
    area.fill(&RGBColor(0xff, 0xff, 0xff))?;
    let (top, rest) = area.split_vertically(head);
    top.draw(&Text::new(title.to_owned(), (16, 12), style(19, TITLE)))?;
    for (part, chart) in rest.split_evenly((charts.len(), 1)).iter().zip(charts) {
        let (names, body) = part.split_vertically(26);
        names.draw(&Text::new(chart.title, (16, 6), style(14, TITLE)))?;
        let mut right = i32::try_from(WIDTH).unwrap_or(0) - 20;
        for line in chart.lines.iter().rev() {
            let at = Pos::new(HPos::Right, VPos::Top);
            let text = format!("— {}", line.name);
            let style = style(13, line.colour).pos(at);
            let width = i32::try_from(line.name.len()).unwrap_or(0) * 7 + 34;
            names.draw(&Text::new(text, (right, 7), style))?;
            right -= width;
        }
        draw(&body, chart, span)?;
    }
    area.present()
}

fn style(size: i32, colour: RGBColor) -> TextStyle<'static> {
    TextStyle {
        color: colour.to_backend_color(),
        ..TextStyle::from(("sans-serif", size).into_font())
    }
}

fn draw(area: &Area<'_>, chart: &Chart, span: Span) -> Drawn {
    let points = chart.lines.iter().flat_map(|line| line.points.iter());
    let most = points.flatten().copied().fold(0.0, f64::max);
    // One far above would leave what is to be seen at the bottom.
    let rule = chart.rule.as_ref().filter(|(_, at)| *at <= most * 3.0);
    let most = rule.map_or(most, |(_, at)| most.max(*at));
    let (across, up) = (Axis::hours(span.days), Axis::up_to(most, chart.whole));
    let (columns, rows) = (across.count(), up.count());
    let mut plot = ChartBuilder::on(area)
        .margin_top(12)
        .margin_right(28)
        .margin_left(8)
        .x_label_area_size(28)
        .y_label_area_size(62)
        .build_cartesian_2d(across, up)?;
    plot.configure_mesh()
        .disable_x_mesh()
        .bold_line_style(GRID)
        .light_line_style(GRID.mix(0.0))
        .axis_style(RULE)
        .label_style(style(12, INK))
        .x_labels(columns)
        .y_labels(rows)
        .x_label_formatter(&|hours| axis::hour(*hours, (span.first, span.days)))
        .y_label_formatter(&|value| tick(*value, chart.whole))
        .draw()?;
    for line in chart.lines.iter().filter(|line| !line.is_flat()) {
        for run in runs(line, span) {
            if line.filled {
                let area = AreaSeries::new(run.iter().copied(), 0.0, line.colour.mix(0.16));
                plot.draw_series(area)?;
            }
            if let [alone] = run[..] {
                let dot = Circle::new(alone, 2, line.colour.filled());
                plot.draw_series(std::iter::once(dot))?;
            } else {
                let stroke = line.colour.stroke_width(2);
                plot.draw_series(LineSeries::new(run.iter().copied(), stroke))?;
            }
        }
    }
    if let Some((name, at)) = rule {
        let end = f64::from(span.days) * 24.0;
        let ends = [(0.0, *at), (end, *at)];
        let dashes = DashedLineSeries::new(ends, 6, 5, RULE.stroke_width(1));
        plot.draw_series(dashes)?;
        let place = Pos::new(HPos::Right, VPos::Bottom);
        let text = Text::new(name.clone(), (end, *at), style(12, INK).pos(place));
        plot.draw_series(std::iter::once(text))?;
    }
    Ok(())
}

fn tick(value: f64, whole: bool) -> String {
    if whole {
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a count"
        )]
        let count = value.round() as u64;
        super::words::count(count)
    } else {
        // Ticks are multiples of a thousandth at least.
        format!("{} s", (value * 1000.0).round() / 1000.0)
    }
}

/// The stretches of a line that have numbers, each with its points.
fn runs(line: &Line, span: Span) -> Vec<Vec<(f64, f64)>> {
    let mut runs: Vec<Vec<(f64, f64)>> = vec![Vec::new()];
    let mut at = span.bucket / 2.0;
    for point in &line.points {
        match (point, runs.last_mut()) {
            (Some(value), Some(run)) => run.push((at, *value)),
            _ => runs.push(Vec::new()),
        }
        at += span.bucket;
    }
    runs.retain(|run| !run.is_empty());
    runs
}

/// Which of four looks a series has; each differs from the others in colour, in dash and in mark.
public enum SeriesLook: String, Sendable, Equatable, CaseIterable {
    /// Solid line, discs.
    case a
    /// Dashed line, squares.
    case b
    /// Dotted line, triangles.
    case c
    /// Dash-dotted line, crosses.
    case d

    /// The look of series number `index`, from 0; after four they repeat.
    public static func number(_ index: Int) -> SeriesLook { allCases[index % allCases.count] }
}

/// A point of a chart, in the units of its axes.
public struct PlotPoint: Sendable, Equatable {
    /// Along the horizontal axis.
    public let x: Double
    /// Along the vertical axis.
    public let y: Double

    /// Creates a point.
    public init(_ x: Double, _ y: Double) { (self.x, self.y) = (x, y) }
}

/// What is drawn between two axes.
public enum Mark: Sendable, Equatable {
    /// A line through points; a name puts it in the legend.
    case line([PlotPoint], SeriesLook, name: String)
    /// The area between two lines over the same x.
    case band(lower: [PlotPoint], upper: [PlotPoint], SeriesLook, name: String)
    /// Rectangles by opposite corners, drawn as one area.
    case boxes([(lower: PlotPoint, upper: PlotPoint)], SeriesLook, name: String)
    /// Points of cases.
    case points([PlotPoint], SeriesLook, name: String)
    /// A thin straight line that says where something would be: chance, perfect calibration, no difference.
    case reference(PlotPoint, PlotPoint, name: String)
    /// Points with vertical intervals.
    case intervals([(at: PlotPoint, lower: Double, upper: Double)], SeriesLook, name: String)

    /// Whether two marks are the same.
    public static func == (first: Mark, second: Mark) -> Bool {
        switch (first, second) {
        case (.line(let a, let b, let c), .line(let d, let e, let f)): a == d && b == e && c == f
        case (.band(let a, let b, let c, let d), .band(let e, let f, let g, let h)):
            a == e && b == f && c == g && d == h
        case (.boxes(let a, let b, let c), .boxes(let d, let e, let f)):
            a.elementsEqual(d, by: { $0 == $1 }) && b == e && c == f
        case (.points(let a, let b, let c), .points(let d, let e, let f)): a == d && b == e && c == f
        case (.reference(let a, let b, let c), .reference(let d, let e, let f)): a == d && b == e && c == f
        case (.intervals(let a, let b, let c), .intervals(let d, let e, let f)):
            a.elementsEqual(d, by: { $0 == $1 }) && b == e && c == f
        default: false
        }
    }
}

/// Marks between two axes.
public struct Chart: Plot, Equatable {
    /// What it shows.
    public let title: String
    /// What it shows, in sentences.
    public let summary: String
    /// Horizontal axis.
    public let x: Axis
    /// Vertical axis.
    public let y: Axis
    /// What is drawn, the first at the back.
    public let marks: [Mark]
    /// Short lines of numbers that stand beside the legend.
    public let notes: [String]
    /// Counts over equal parts of the horizontal axis, drawn below it: upwards of the first kind, downwards of the second.
    public let rug: Rug?
    /// Counts at positions of the horizontal axis, drawn below it; nil for none.
    public let counts: Counts?

    /// Rows of counts below the horizontal axis: numbers at risk.
    public struct Counts: Sendable, Equatable {
        /// What is counted.
        public let title: String
        /// Where along the axis.
        public let at: [Double]
        /// Name of each row, and a count for each position.
        public let rows: [Row]

        /// One series.
        public struct Row: Sendable, Equatable {
            /// Its name.
            public let name: String
            /// A count for each position.
            public let counts: [Int]

            /// Creates a row.
            public init(name: String, counts: [Int]) { (self.name, self.counts) = (name, counts) }
        }

        /// Creates rows with a count for each position.
        public init(title: String, at: [Double], rows: [Row]) {
            precondition(rows.allSatisfy { $0.counts.count == at.count }, "a count for each position")
            (self.title, self.at, self.rows) = (title, at, rows)
        }
    }

    /// A histogram along the horizontal axis of two kinds of cases.
    public struct Rug: Sendable, Equatable {
        /// Cases with the event in each part, drawn upwards.
        public let events: [Int]
        /// Cases without, drawn downwards.
        public let nonEvents: [Int]

        /// Counts values in equal parts of an axis.
        public init(values: [Double], isEvent: [Bool], axis: Axis, parts: Int = 50) {
            var (events, nonEvents) = ([Int](repeating: 0, count: parts), [Int](repeating: 0, count: parts))
            for (value, isEvent) in zip(values, isEvent) {
                let part = min(parts - 1, max(0, Int(axis.position(value) * Double(parts))))
                if isEvent { events[part] += 1 } else { nonEvents[part] += 1 }
            }
            (self.events, self.nonEvents) = (events, nonEvents)
        }
    }

    /// Creates a chart.
    public init(
        title: String, summary: String, x: Axis, y: Axis, marks: [Mark], notes: [String] = [], rug: Rug? = nil,
        counts: Counts? = nil
    ) {
        (self.title, self.summary, self.x, self.y) = (title, summary, x, y)
        (self.marks, self.notes, self.rug, self.counts) = (marks, notes, rug, counts)
    }
}

import CKernels
import Synchronization

/// A table whose columns are multiplied: column by column, so that a column is read in order.
struct ColumnTable: Sendable {
    /// Columns x `stride`; 0 beyond the rows.
    private(set) var values: [Double]
    let columns: Int
    let rows: Int
    /// Distance of two columns: the rows, rounded up to a multiple of 8.
    let stride: Int
    /// For each row a number that no magnitude in it exceeds, infinite for a row with a value that is no number; empty where it was not wanted.
    let largest: [Double]
    /// The same in integers, where they are kept.
    private(set) var short: ShortTable?

    private init(_ values: [Double], columns: Int, rows: Int, stride: Int, largest: [Double] = []) {
        (self.values, self.columns, self.rows) = (values, columns, rows)
        (self.stride, self.largest) = (stride, largest)
    }

    /// Some columns.
    init(_ lists: [[Double]], rows: Int) {
        let stride = (rows + 7) / 8 * 8
        var values: [Double] = []
        values.reserveCapacity(lists.count * stride)
        for list in lists {
            precondition(list.count == rows, "a value for each row")
            values += list
            values += repeatElement(0, count: stride - rows)
        }
        self.init(values, columns: lists.count, rows: rows, stride: stride)
    }

    /// A column of `first`, then the columns of a table that is rows x columns, less their centre, over their scale.
    init(_ table: [Double], rows: Int, centres: [Double], scales: [Double], first: Double) {
        let (width, stride) = (centres.count, (rows + 7) / 8 * 8)
        precondition(table.count == rows * width && scales.count == width, "a centre and a scale for each column")
        var largest = [Double](repeating: first.magnitude, count: rows)
        // 0, or no number where one of the values is none.
        var faults = [Double](repeating: 0, count: rows)
        // Pointers: without bounds checks the loops run in vectors.
        let values = [Double](unsafeUninitializedCapacity: (width + 1) * stride) { output, count in
            output.initialize(repeating: 0)
            for row in 0..<rows { output[row] = first }
            table.withUnsafeBufferPointer { table in
                // A few rows at a time, so that the lines that are written stay in the cache.
                for start in Swift.stride(from: 0, to: rows, by: 16) {
                    let end = min(start + 16, rows)
                    for column in 0..<width {
                        let (centre, scale) = (centres[column], scales[column])
                        for row in start..<end {
                            let value = (table[row * width + column] - centre) / scale
                            output[(column + 1) * stride + row] = value
                            largest[row] = max(largest[row], value.magnitude)
                            faults[row] += value * 0
                        }
                    }
                }
            }
            count = (width + 1) * stride
        }
        for row in 0..<rows where faults[row].isNaN { largest[row] = .infinity }
        self.init(values, columns: width + 1, rows: rows, stride: stride, largest: largest)
        short = ShortTable(self)
    }

    /// One column.
    func column(_ place: Int) -> ArraySlice<Double> { values[place * stride..<place * stride + rows] }

    /// Some of the columns, each times the weight of its row.
    func weighted(_ columns: [Int], by weights: [Double]) -> ColumnTable {
        var output = [Double](repeating: 0, count: columns.count * stride)
        // Pointers: without bounds checks the loop runs in vectors.
        output.withUnsafeMutableBufferPointer { output in
            values.withUnsafeBufferPointer { values in
                weights.withUnsafeBufferPointer { weights in
                    for (place, column) in columns.enumerated() {
                        let (target, source) = (place * stride, column * stride)
                        for row in 0..<rows { output[target + row] = values[source + row] * weights[row] }
                    }
                }
            }
        }
        return ColumnTable(output, columns: columns.count, rows: rows, stride: stride)
    }

    /// Some of the rows of some of the columns.
    func part(rows: [Int], columns: [Int]) -> ColumnTable {
        ColumnTable(
            columns.map { column in rows.map { values[column * stride + $0] } }, rows: rows.count)
    }

    /// For each row its largest magnitude; infinite for a row with a value that is no number.
    func rowMaxima() -> [Double] {
        var most = [Double](repeating: 0, count: rows)
        for column in 0..<columns {
            for (row, value) in self.column(column).enumerated() {
                most[row] = value.isNaN ? .infinity : max(most[row], value.magnitude)
            }
        }
        return most
    }

    /// Puts 0 in a row.
    mutating func clear(row: Int) {
        for column in 0..<columns { values[column * stride + row] = 0 }
    }

    /// Rows whose part of all columns that a fit knows stays in the cache while the other fits use it.
    private static let part = 128

    /// For each set, for each of its lists of factors, the sum of the columns times their factors, in the order of the columns.
    func combined(_ sets: [(columns: [Int], factors: [[Double]])]) -> [[[Double]]] {
        for set in sets {
            precondition(set.columns.allSatisfy { (0..<columns).contains($0) }, "columns of the table")
            precondition(set.factors.allSatisfy { $0.count == set.columns.count }, "a factor for each column")
        }
        let own = sets.map { (places: $0.columns.map(Int64.init), factors: $0.factors.flatMap { $0 }) }
        var products = sets.map { [Double](repeating: 0, count: $0.factors.count * stride) }
        values.withUnsafeBufferPointer { values in
            guard let values = values.baseAddress else { return }
            for start in Swift.stride(from: 0, to: stride, by: Self.part) {
                for place in sets.indices {
                    products[place].withUnsafeMutableBufferPointer { products in
                        guard let products = products.baseAddress else { return }
                        cproducts_combine(
                            min(Self.part, stride - start), stride, own[place].places.count, values + start,
                            own[place].places, sets[place].factors.count, own[place].factors, products + start)
                    }
                }
            }
        }
        return zip(sets, products).map { set, products in
            set.factors.indices.map { Array(products[$0 * stride..<$0 * stride + rows]) }
        }
    }
}

/// The z-scores of a site's cases, made at the first round of a path and kept for the next. Never leaves the site.
final class PathDesign: Sendable, Equatable {
    private let kept = Mutex<(standardisation: Standardisation, table: ColumnTable)?>(nil)

    /// The z-scores by a standardisation.
    func table(_ standardisation: Standardisation, make: () -> ColumnTable) -> ColumnTable {
        kept.withLock { kept in
            if let kept, kept.standardisation == standardisation { return kept.table }
            let table = make()
            kept = (standardisation, table)
            return table
        }
    }

    /// What is kept follows from the cases.
    static func == (left: PathDesign, right: PathDesign) -> Bool { true }
}

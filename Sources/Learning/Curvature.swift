import CProducts

/// Second derivatives of a fit's mean negative log-likelihood for the intercept and the features that it knows, as last summed by the sites and
/// as corrected since by what the gradients said.
struct Curvature: Codable, Sendable, Equatable {
    /// Number of rows.
    private(set) var order: Int
    /// All elements, row-major.
    private(set) var values: [Double]

    /// - Parameter upper: the upper triangle, row-major.
    init(order: Int, upper: [Double]) {
        precondition(upper.count == order * (order + 1) / 2, "an upper triangle")
        self.order = order
        values = [Double](repeating: 0, count: order * order)
        var position = 0
        for i in 0..<order {
            for j in i..<order {
                values[i * order + j] = upper[position]
                values[j * order + i] = upper[position]
                position += 1
            }
        }
    }

    /// Adds rows and columns at the end.
    ///
    /// - Parameter rows: the new rows over all columns, row-major.
    mutating func append(_ rows: [Double], count: Int) {
        let (old, new) = (order, order + count)
        precondition(rows.count == count * new, "whole rows")
        var output = [Double](repeating: 0, count: new * new)
        for i in 0..<old {
            for j in 0..<old { output[i * new + j] = values[i * old + j] }
        }
        for row in 0..<count {
            // Of the new features among themselves the first row counts.
            for column in 0..<new where column < old || column >= old + row {
                output[(old + row) * new + column] = rows[row * new + column]
                output[column * new + old + row] = rows[row * new + column]
            }
        }
        (order, values) = (new, output)
    }

    /// The update of Broyden, Fletcher, Goldfarb and Shanno: afterwards the leading rows turn `step` into `change`, the difference of two
    /// gradients. A pair that says little about the curvature, or contradicts that it is positive, is left out.
    mutating func learn(step: [Double], change: [Double]) {
        let width = step.count
        precondition(width <= order && change.count == width, "leading rows")
        let moved = step.indices.filter { step[$0] != 0 }
        var image = [Double](repeating: 0, count: width)
        let order = order
        values.withUnsafeMutableBufferPointer { values in
            guard let values = values.baseAddress else { return }
            for i in moved { cproducts_add(width, step[i], values + i * order, &image) }
            var (seen, expected) = (0.0, 0.0)
            for i in moved {
                seen += step[i] * change[i]
                expected += step[i] * image[i]
            }
            guard expected > 0, seen > 0.2 * expected, seen.isFinite, expected.isFinite else { return }
            for i in 0..<width {
                cproducts_add(width, change[i] / seen, change, values + i * order)
                cproducts_add(width, -image[i] / expected, image, values + i * order)
            }
        }
    }
}

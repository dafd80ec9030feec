import Federation

/// A column that is a table's last, beside the features: a part of each case's linear predictor that is known (an offset).
enum KnownColumn {
    /// The values of the features and of the column, of values that are rows x (features + 1).
    static func divided(_ values: [Double], features: Int) -> (features: [Double], column: [Double]) {
        let rows = values.count / (features + 1)
        var own: [Double] = []
        own.reserveCapacity(rows * features)
        for row in 0..<rows { own += values[row * (features + 1)..<row * (features + 1) + features] }
        return (own, column(values, features: features))
    }

    /// The values of the column alone.
    static func column(_ values: [Double], features: Int) -> [Double] {
        stride(from: features, to: values.count, by: features + 1).map { values[$0] }
    }
}

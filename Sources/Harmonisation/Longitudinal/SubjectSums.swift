import Federation

/// Sums over subjects, of values about the means of their batches.
struct SubjectSums {
    private(set) var xx, xy, yy: [Double]
    private(set) var totals, totalsY, totalsYY: [[Double]]
    private let batches, p, q: Int
    /// Of the present subject: batches and covariates together, and features.
    private var sum, response: [Double]
    private var x: [Double]

    init(batches: Int, features p: Int, covariates q: Int, visits: Int) {
        (self.batches, self.p, self.q) = (batches, p, q)
        let width = batches + q
        xx = [Double](repeating: 0, count: q * (q + 1) / 2)
        xy = [Double](repeating: 0, count: p * q)
        yy = [Double](repeating: 0, count: p)
        totals = [[Double]](repeating: [Double](repeating: 0, count: width * (width + 1) / 2), count: visits)
        totalsY = [[Double]](repeating: [Double](repeating: 0, count: p * width), count: visits)
        totalsYY = [[Double]](repeating: [Double](repeating: 0, count: p), count: visits)
        sum = [Double](repeating: 0, count: width)
        response = [Double](repeating: 0, count: p)
        x = [Double](repeating: 0, count: q)
    }

    mutating func begin() {
        for index in sum.indices { sum[index] = 0 }
        for index in response.indices { response[index] = 0 }
    }

    /// Adds a row of the present subject.
    mutating func add(_ row: Int, of table: CaseTable, batch: Int, means: [Double], scales: [Double]) {
        sum[batch] += 1
        for i in 0..<q {
            x[i] = table.covariates[row * q + i] * scales[p + i] - means[p + i]
            sum[batches + i] += x[i]
        }
        var place = 0
        for i in 0..<q {
            for j in i..<q {
                xx[place] += x[i] * x[j]
                place += 1
            }
        }
        for column in 0..<p {
            let value = table.features[row * p + column] * scales[column] - means[column]
            response[column] += value
            yy[column] += value * value
            for i in 0..<q { xy[column * q + i] += x[i] * value }
        }
    }

    /// Adds the products of the subject's sums.
    mutating func finish(_ visit: Int) {
        let width = batches + q
        var place = 0
        for i in 0..<width {
            for j in i..<width {
                totals[visit][place] += sum[i] * sum[j]
                place += 1
            }
        }
        for column in 0..<p {
            totalsYY[visit][column] += response[column] * response[column]
            for i in 0..<width { totalsY[visit][column * width + i] += sum[i] * response[column] }
        }
    }
}

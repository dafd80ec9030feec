/// Mean and central moments (divided by the number of values), summed in the order given.
struct Moments {
    let mean: Double
    let variance: Double
    /// Third central moment over the 3/2 power of the variance; NaN for constant values.
    let skewness: Double
    /// Fourth central moment over the squared variance, less 3; NaN for constant values.
    let excessKurtosis: Double

    init(_ values: [Float]) {
        let count = Double(values.count)
        var sum = 0.0
        for value in values { sum += Double(value) }
        let mean = sum / count
        var (second, third, fourth) = (0.0, 0.0, 0.0)
        for value in values {
            let difference = Double(value) - mean
            let square = difference * difference
            second += square
            third += square * difference
            fourth += square * square
        }
        self.init(mean: mean, second: second / count, third: third / count, fourth: fourth / count)
    }

    init(mean: Double, second: Double, third: Double, fourth: Double) {
        self.mean = mean
        variance = second
        skewness = second > 0 ? third / (second * second.squareRoot()) : .nan
        excessKurtosis = second > 0 ? fourth / (second * second) - 3 : .nan
    }
}

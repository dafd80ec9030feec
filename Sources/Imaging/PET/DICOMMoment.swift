/// A point in time as DICOM's values of type DA, TM and DT say it; with the day or without (a de-identified file).
struct DICOMMoment: Equatable {
    /// Days since 1 March of the year 0, or nil.
    let day: Int?
    /// Seconds since midnight; beyond the day where none is known and a frame passes midnight.
    let secondOfDay: Double

    static let secondsPerDay = 86_400.0

    /// Seconds since a fixed midnight; moments with and without a day are not to be compared.
    var seconds: Double { Double(day ?? 0) * Self.secondsPerDay + secondOfDay }

    private init(day: Int?, secondOfDay: Double) {
        self.day = day
        self.secondOfDay = secondOfDay
    }

    /// Reads a date (may be empty) and a time; nil where the time is empty or either is not valid.
    init?(date: String, time: String) {
        guard let second = Self.second(time) else { return nil }
        if date.isEmpty {
            self.init(day: nil, secondOfDay: second)
        } else {
            guard let day = Self.day(date) else { return nil }
            self.init(day: day, secondOfDay: second)
        }
    }

    /// Reads a value of type DT with at least the hour, on the clock of an offset from UTC (`+0100`); nil where it is not
    /// valid, or states an offset of its own and `utcOffset` is not known.
    init?(moment: String, utcOffset: String) {
        let local = moment.prefix { $0 != "+" && $0 != "-" }
        guard local.count >= 10, let day = Self.day(String(local.prefix(8))),
            let second = Self.second(String(local.dropFirst(8)))
        else { return nil }
        var shift = 0.0
        if local.count < moment.count {
            guard let own = Self.offset(String(moment.dropFirst(local.count))), let clock = Self.offset(utcOffset)
            else { return nil }
            shift = clock - own
        }
        self = DICOMMoment(day: day, secondOfDay: second).later(by: shift)
    }

    /// The moment so many seconds later; without a day it may lie outside of the day.
    func later(by seconds: Double) -> DICOMMoment {
        let total = secondOfDay + seconds
        guard let day else { return DICOMMoment(day: nil, secondOfDay: total) }
        let days = (total / Self.secondsPerDay).rounded(.down)
        return DICOMMoment(day: day + Int(days), secondOfDay: total - days * Self.secondsPerDay)
    }

    /// The same time of the day, without the day.
    var timeOnly: DICOMMoment { DICOMMoment(day: nil, secondOfDay: secondOfDay) }

    /// `HHMMSS.FFFFFF` from the front, with colons in old files.
    private static func second(_ text: String) -> Double? {
        let text = String(text.filter { $0 != ":" })
        let sides = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        guard let whole = sides.first, [2, 4, 6].contains(whole.count), whole.allSatisfy(\.isASCII) else { return nil }
        let digits = whole.compactMap(\.wholeNumberValue)
        guard digits.count == whole.count else { return nil }
        func pair(_ index: Int) -> Int { index < digits.count ? digits[index] * 10 + digits[index + 1] : 0 }
        let (hours, minutes) = (pair(0), pair(2))
        var seconds = Double(pair(4))
        if sides.count == 2 {
            guard let fraction = Double("0." + sides[1]), digits.count == 6 else { return nil }
            seconds += fraction
        }
        guard hours < 24, minutes < 60, seconds < 61 else { return nil }
        return Double(hours * 3_600 + minutes * 60) + seconds
    }

    /// `YYYYMMDD`, with points in old files, to days (proleptic Gregorian calendar).
    private static func day(_ text: String) -> Int? {
        let digits = text.filter { $0 != "." }.compactMap(\.wholeNumberValue)
        guard digits.count == 8, text.count == 8 || text.count == 10 else { return nil }
        let year = digits[0..<4].reduce(0) { $0 * 10 + $1 }
        let (month, day) = (digits[4] * 10 + digits[5], digits[6] * 10 + digits[7])
        guard year > 0, (1...12).contains(month), (1...31).contains(day) else { return nil }
        // Years begin in March, so that the leap day is their last.
        let (shifted, place) = month > 2 ? (year, month - 3) : (year - 1, month + 9)
        return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * place + 2) / 5 + day - 1
    }

    /// `+0100` in seconds.
    private static func offset(_ text: String) -> Double? {
        guard text.count == 5, let sign = text.first, sign == "+" || sign == "-", let number = Int(text.dropFirst())
        else { return nil }
        let seconds = Double(number / 100 * 3_600 + number % 100 * 60)
        return sign == "-" ? -seconds : seconds
    }
}

/// A phantom hospital: its scanners, its readers and the patients that it sees.
public struct HospitalProfile: Hashable, Sendable {
    /// Short name, the prefix of its case identifiers (`H1`).
    public var id: String
    /// The ultrasound scanner of the hospital.
    public var ultrasound: UltrasoundScanner
    /// The CT scanner of the hospital.
    public var ct: CTScanner
    /// Share of patients with the outcome (microvascular invasion).
    public var prevalence: Double
    /// Mean age of the patients, in years.
    public var ageMean: Double
    /// Standard deviation of the age, in years.
    public var ageSD: Double
    /// Mean of the natural logarithm of alpha-fetoprotein in ng/mL.
    public var logAFPMean: Double
    /// Standard deviation of the natural logarithm of alpha-fetoprotein in ng/mL.
    public var logAFPSD: Double
    /// Share of male patients.
    public var maleShare: Double
    /// Share of cases acquired with the other preset: a lower transducer frequency (ultrasound), 100 kV (CT).
    public var offProtocolShare: Double
    /// How the two readers of the hospital contour.
    public var readers: ReaderVariation

    /// Creates a profile.
    public init(
        id: String, ultrasound: UltrasoundScanner, ct: CTScanner, prevalence: Double, ageMean: Double, ageSD: Double,
        logAFPMean: Double, logAFPSD: Double, maleShare: Double, offProtocolShare: Double, readers: ReaderVariation
    ) {
        self.id = id
        self.ultrasound = ultrasound
        self.ct = ct
        self.prevalence = prevalence
        self.ageMean = ageMean
        self.ageSD = ageSD
        self.logAFPMean = logAFPMean
        self.logAFPSD = logAFPSD
        self.maleShare = maleShare
        self.offProtocolShare = offProtocolShare
        self.readers = readers
    }
}

/// A B-mode scanner: what it does to a field of scatterers.
public struct UltrasoundScanner: Hashable, Sendable {
    /// DICOM `Manufacturer` (0008,0070); invented.
    public var manufacturer: String
    /// DICOM `ManufacturerModelName` (0008,1090); invented.
    public var model: String
    /// Centre frequency of the transducer, in MHz.
    public var frequencyMHz: Double
    /// Columns of the image.
    public var columns: Int
    /// Rows of the image.
    public var rows: Int
    /// Distance between pixel centres, both directions, in millimetres; times `rows` it is the depth of the field.
    public var pixelSpacingMM: Double
    /// Lateral point-spread function at the focus: full width at half maximum of the amplitude, in millimetres.
    public var lateralFWHM: Double
    /// Axial point-spread function: full width at half maximum of the amplitude, in millimetres.
    public var axialFWHM: Double
    /// Depth of the focus, in millimetres.
    public var focusMM: Double
    /// Number density of the scatterers relative to the sampling grid, in (0, 1]; fewer give coarser speckle.
    public var scattererDensity: Double
    /// Full width at half maximum of the smoothing after log-compression, in millimetres; 0 for none.
    public var smoothingFWHM: Double
    /// Range of echo levels that the 256 grey levels show, in dB.
    public var dynamicRange: Double
    /// Gain relative to mid-grey liver, in dB.
    public var gain: Double
    /// Error of the time-gain compensation, in dB for each centimetre of depth.
    public var timeGainError: Double
    /// Electronic noise at the transducer relative to liver at the surface, in dB.
    public var noiseFloor: Double

    /// Creates a scanner.
    public init(
        manufacturer: String, model: String, frequencyMHz: Double, columns: Int, rows: Int, pixelSpacingMM: Double,
        lateralFWHM: Double, axialFWHM: Double, focusMM: Double, scattererDensity: Double, smoothingFWHM: Double,
        dynamicRange: Double, gain: Double, timeGainError: Double, noiseFloor: Double
    ) {
        self.manufacturer = manufacturer
        self.model = model
        self.frequencyMHz = frequencyMHz
        self.columns = columns
        self.rows = rows
        self.pixelSpacingMM = pixelSpacingMM
        self.lateralFWHM = lateralFWHM
        self.axialFWHM = axialFWHM
        self.focusMM = focusMM
        self.scattererDensity = scattererDensity
        self.smoothingFWHM = smoothingFWHM
        self.dynamicRange = dynamicRange
        self.gain = gain
        self.timeGainError = timeGainError
        self.noiseFloor = noiseFloor
    }
}

/// A CT scanner: what it does to a field of attenuation.
public struct CTScanner: Hashable, Sendable {
    /// DICOM `Manufacturer` (0008,0070); invented.
    public var manufacturer: String
    /// DICOM `ManufacturerModelName` (0008,1090); invented.
    public var model: String
    /// DICOM `ConvolutionKernel` (0018,1210); invented.
    public var kernel: String
    /// Full width at half maximum of the in-plane point-spread function, in millimetres.
    public var kernelFWHM: Double
    /// Voxels along the three axes.
    public var columns: Int
    /// Rows of a slice.
    public var rows: Int
    /// Number of slices.
    public var slices: Int
    /// Distance between pixel centres in the plane, both directions, in millimetres.
    public var pixelSpacingMM: Double
    /// Distance between slice centres, in millimetres.
    public var sliceSpacingMM: Double
    /// Slice thickness over which attenuation is averaged, in millimetres.
    public var sliceThicknessMM: Double
    /// Standard deviation of the noise, in HU.
    public var noiseSD: Double
    /// Tube voltage of the protocol, in kV.
    public var kVp: Double
    /// Offset of the calibration, in HU.
    public var calibrationOffset: Double

    /// Creates a scanner.
    public init(
        manufacturer: String, model: String, kernel: String, kernelFWHM: Double, columns: Int, rows: Int, slices: Int,
        pixelSpacingMM: Double, sliceSpacingMM: Double, sliceThicknessMM: Double, noiseSD: Double, kVp: Double,
        calibrationOffset: Double
    ) {
        self.manufacturer = manufacturer
        self.model = model
        self.kernel = kernel
        self.kernelFWHM = kernelFWHM
        self.columns = columns
        self.rows = rows
        self.slices = slices
        self.pixelSpacingMM = pixelSpacingMM
        self.sliceSpacingMM = sliceSpacingMM
        self.sliceThicknessMM = sliceThicknessMM
        self.noiseSD = noiseSD
        self.kVp = kVp
        self.calibrationOffset = calibrationOffset
    }
}

/// How two readers depart from the true contour.
public struct ReaderVariation: Hashable, Sendable {
    /// Systematic relative enlargement of the first and of the second reader's contours (0.02 is 2 %).
    public var scaleBias: [Double]
    /// Standard deviation of each reader's smooth departure from the true contour, in millimetres.
    public var contourSD: Double
    /// Half the distance, relative to the lesion radius, between the readers where the margin is ill-defined.
    public var sectorShift: Double
    /// Share of the margin (by angle from its centre line, 0 to 1) that is ill-defined.
    public var sectorShare: Double

    /// Creates a variation; `scaleBias` must have two elements.
    public init(scaleBias: [Double], contourSD: Double, sectorShift: Double, sectorShare: Double) {
        precondition(scaleBias.count == 2, "a phantom hospital has two readers")
        self.scaleBias = scaleBias
        self.contourSD = contourSD
        self.sectorShift = sectorShift
        self.sectorShare = sectorShare
    }
}

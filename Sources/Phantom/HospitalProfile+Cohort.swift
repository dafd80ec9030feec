extension HospitalProfile {
    /// The five hospitals of the demonstration: the first three train, `H4` and `H5` validate.
    public static let all: [HospitalProfile] = [h1, h2, h3, h4, h5]

    /// A university hospital: high frequency, fine speckle, sharp CT.
    public static let h1 = HospitalProfile(
        id: "H1",
        ultrasound: UltrasoundScanner(
            manufacturer: "Aurevia Imaging", model: "Sonelle 7", frequencyMHz: 5.0, columns: 256, rows: 256,
            pixelSpacingMM: 0.26, lateralFWHM: 1.0, axialFWHM: 0.42, focusMM: 34, scattererDensity: 0.6,
            smoothingFWHM: 0.3, dynamicRange: 66, gain: 1, timeGainError: 0.1, noiseFloor: -62),
        ct: CTScanner(
            manufacturer: "Norvikon", model: "Spira 128", kernel: "NV-B30", kernelFWHM: 1.5, columns: 64, rows: 64,
            slices: 26, pixelSpacingMM: 1.10, sliceSpacingMM: 2.5, sliceThicknessMM: 2.5, noiseSD: 9, kVp: 120,
            calibrationOffset: 0),
        prevalence: 0.40, ageMean: 57, ageSD: 11, logAFPMean: 3.9, logAFPSD: 1.9, maleShare: 0.80,
        offProtocolShare: 0.04,
        readers: ReaderVariation(scaleBias: [0, 0.01], contourSD: 0.27, sectorShift: 0.24, sectorShare: 0.18))

    /// A cancer centre: many patients with the outcome, wide dynamic range.
    public static let h2 = HospitalProfile(
        id: "H2",
        ultrasound: UltrasoundScanner(
            manufacturer: "Haldane Medical", model: "Vela U40", frequencyMHz: 4.2, columns: 224, rows: 224,
            pixelSpacingMM: 0.30, lateralFWHM: 1.3, axialFWHM: 0.50, focusMM: 38, scattererDensity: 0.5,
            smoothingFWHM: 0.4, dynamicRange: 72, gain: -2, timeGainError: -0.1, noiseFloor: -60),
        ct: CTScanner(
            manufacturer: "Tessaro", model: "Helion X", kernel: "TS Soft 2", kernelFWHM: 1.8, columns: 64, rows: 64,
            slices: 24, pixelSpacingMM: 1.15, sliceSpacingMM: 3.0, sliceThicknessMM: 3.0, noiseSD: 8, kVp: 120,
            calibrationOffset: 2),
        prevalence: 0.46, ageMean: 55, ageSD: 10, logAFPMean: 4.4, logAFPSD: 2.0, maleShare: 0.83,
        offProtocolShare: 0.06,
        readers: ReaderVariation(scaleBias: [0.01, -0.005], contourSD: 0.27, sectorShift: 0.24, sectorShare: 0.17))

    /// A regional hospital: older patients, lower gain.
    public static let h3 = HospitalProfile(
        id: "H3",
        ultrasound: UltrasoundScanner(
            manufacturer: "Aurevia Imaging", model: "Sonelle 5", frequencyMHz: 4.5, columns: 240, rows: 240,
            pixelSpacingMM: 0.28, lateralFWHM: 1.2, axialFWHM: 0.46, focusMM: 36, scattererDensity: 0.5,
            smoothingFWHM: 0.4, dynamicRange: 60, gain: -3, timeGainError: -0.3, noiseFloor: -58),
        ct: CTScanner(
            manufacturer: "Norvikon", model: "Spira 64", kernel: "NV-B40", kernelFWHM: 1.35, columns: 64, rows: 64,
            slices: 24, pixelSpacingMM: 1.20, sliceSpacingMM: 3.0, sliceThicknessMM: 3.0, noiseSD: 12, kVp: 120,
            calibrationOffset: -2),
        prevalence: 0.32, ageMean: 61, ageSD: 11, logAFPMean: 3.5, logAFPSD: 1.8, maleShare: 0.77,
        offProtocolShare: 0.08,
        readers: ReaderVariation(scaleBias: [0.015, 0], contourSD: 0.26, sectorShift: 0.24, sectorShare: 0.17))

    /// A validation hospital with scanners much like those of the training hospitals.
    public static let h4 = HospitalProfile(
        id: "H4",
        ultrasound: UltrasoundScanner(
            manufacturer: "Haldane Medical", model: "Vela U30", frequencyMHz: 4.0, columns: 224, rows: 224,
            pixelSpacingMM: 0.31, lateralFWHM: 1.6, axialFWHM: 0.60, focusMM: 40, scattererDensity: 0.40,
            smoothingFWHM: 0.6, dynamicRange: 64, gain: 3, timeGainError: 0.3, noiseFloor: -57),
        ct: CTScanner(
            manufacturer: "Tessaro", model: "Helion S", kernel: "TS Soft 1", kernelFWHM: 2.0, columns: 64, rows: 64,
            slices: 24, pixelSpacingMM: 1.15, sliceSpacingMM: 3.0, sliceThicknessMM: 4.0, noiseSD: 12, kVp: 120,
            calibrationOffset: 3),
        prevalence: 0.36, ageMean: 59, ageSD: 12, logAFPMean: 3.7, logAFPSD: 1.9, maleShare: 0.79,
        offProtocolShare: 0.08,
        readers: ReaderVariation(scaleBias: [0, 0.015], contourSD: 0.26, sectorShift: 0.24, sectorShare: 0.18))

    /// A validation hospital whose scanners are in no training cohort: coarse speckle, narrow dynamic range, noisy CT.
    public static let h5 = HospitalProfile(
        id: "H5",
        ultrasound: UltrasoundScanner(
            manufacturer: "Orbelin", model: "Cadenza P1", frequencyMHz: 3.0, columns: 192, rows: 192,
            pixelSpacingMM: 0.36, lateralFWHM: 1.8, axialFWHM: 0.70, focusMM: 44, scattererDensity: 0.35,
            smoothingFWHM: 0.7, dynamicRange: 50, gain: 6, timeGainError: 0.8, noiseFloor: -54),
        ct: CTScanner(
            manufacturer: "Orbelin", model: "Rondo 16", kernel: "OB-L4", kernelFWHM: 2.6, columns: 60, rows: 60,
            slices: 20, pixelSpacingMM: 1.25, sliceSpacingMM: 3.75, sliceThicknessMM: 5.0, noiseSD: 14, kVp: 140,
            calibrationOffset: 8),
        prevalence: 0.28, ageMean: 64, ageSD: 12, logAFPMean: 3.2, logAFPSD: 1.8, maleShare: 0.74,
        offProtocolShare: 0.12,
        readers: ReaderVariation(scaleBias: [0.012, -0.004], contourSD: 0.27, sectorShift: 0.24, sectorShare: 0.18))
}

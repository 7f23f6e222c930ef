declare const base64: string;
export = base64;
